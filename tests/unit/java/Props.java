import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;

/**
 * Java's own Properties class behind a pipe: the oracle of test_properties_java.py.
 *
 * <p>A request is one byte (0: an InputStream, 1: a reader that refuses what is not UTF-8), a length and the bytes of a
 * file. The answer is a number of pairs, each key and value a length and UTF-16 units; -1 where load() threw
 * IllegalArgumentException, -2 where it threw IOException.
 */
public final class Props {
    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(System.out);
        for (int mode = in.read(); mode >= 0; mode = in.read()) {
            byte[] file = in.readNBytes(in.readInt());
            Properties properties = new Properties();
            try {
                if (mode == 0) {
                    properties.load(new ByteArrayInputStream(file));
                } else {
                    // Files.newBufferedReader decodes the same way.
                    properties.load(new InputStreamReader(
                            new ByteArrayInputStream(file), StandardCharsets.UTF_8.newDecoder()));
                }
                out.writeInt(properties.size());
                for (Map.Entry<Object, Object> entry : properties.entrySet()) {
                    write(out, (String) entry.getKey());
                    write(out, (String) entry.getValue());
                }
            } catch (IllegalArgumentException e) {
                out.writeInt(-1);
            } catch (IOException e) {
                out.writeInt(-2);
            }
            out.flush();
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
