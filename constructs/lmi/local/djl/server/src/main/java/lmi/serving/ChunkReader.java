package lmi.serving;

import ai.djl.ndarray.BytesSupplier;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;

/**
 * Reads an answer that grows: DJL's {@code ai.djl.inference.streaming.ChunkedBytesSupplier}, by
 * name, because DJL 0.20 does not have it.
 */
final class ChunkReader {

    private static final Class<?> TYPE = find("ai.djl.inference.streaming.ChunkedBytesSupplier");

    private final BytesSupplier data;

    ChunkReader(BytesSupplier data) {
        this.data = data;
    }

    /** Returns whether a handler's answer comes in chunks. */
    static boolean reads(BytesSupplier data) {
        return TYPE != null && TYPE.isInstance(data);
    }

    /** Returns false after the last chunk, which may be empty. */
    boolean hasNext() {
        return (boolean) call("hasNext", new Class<?>[0]);
    }

    /**
     * Returns the next chunk.
     *
     * @throws IllegalStateException if it does not come in time
     */
    byte[] next(long seconds) {
        Class<?>[] types = {long.class, TimeUnit.class};
        return (byte[]) call("nextChunk", types, seconds, TimeUnit.SECONDS);
    }

    private Object call(String name, Class<?>[] types, Object... arguments) {
        try {
            Method method = TYPE.getMethod(name, types);
            return method.invoke(data, arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Class<?> find(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }
}
