import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;

/**
 * Java's own Properties class behind a pipe: the oracle of test_properties_java.py.
 *
 * <p>A request is a number of files, and of each one byte (0: an InputStream, 1: a reader that refuses what is not
 * UTF-8), a length and the bytes. All are read before the first is answered, so neither side waits for the other. The
 * answer to each is a number of pairs, each key and value a length and UTF-16 units; -1 where load() threw
 * IllegalArgumentException, -2 where it threw IOException.
 */
public final class Props {
    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
        while (true) {
            int count;
            try {
                count = in.readInt();
            } catch (EOFException e) {
                return;
            }
            boolean[] isUtf8 = new boolean[count];
            byte[][] files = new byte[count][];
            for (int i = 0; i < count; i++) {
                isUtf8[i] = in.readByte() == 1;
                files[i] = in.readNBytes(in.readInt());
            }
            for (int i = 0; i < count; i++) {
                answer(out, files[i], isUtf8[i]);
            }
            out.flush();
        }
    }

    private static void answer(DataOutputStream out, byte[] file, boolean isUtf8) throws IOException {
        Properties properties = new Properties();
        try {
            if (isUtf8) {
                // Files.newBufferedReader decodes the same way.
                properties.load(new InputStreamReader(
                        new ByteArrayInputStream(file), StandardCharsets.UTF_8.newDecoder()));
            } else {
                properties.load(new ByteArrayInputStream(file));
            }
        } catch (IllegalArgumentException e) {
            out.writeInt(-1);
            return;
        } catch (IOException e) {
            out.writeInt(-2);
            return;
        }
        out.writeInt(properties.size());
        for (Map.Entry<Object, Object> entry : properties.entrySet()) {
            write(out, (String) entry.getKey());
            write(out, (String) entry.getValue());
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
