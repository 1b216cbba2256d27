package lmi.serving;

import java.nio.file.Path;

/** The command line of the server. */
final class Arguments {

    private static final int DEFAULT_PORT = 8080;

    private Path modelStore;
    private int port = DEFAULT_PORT;
    private Path portFile;
    private boolean exitAtEof;
    private boolean unpackEngine;

    private Arguments() {}

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if an option is unknown or the model store is missing
     */
    static Arguments parse(String[] words) {
        Arguments parsed = new Arguments();
        for (int i = 0; i < words.length; ++i) {
            switch (words[i]) {
                case "--model-store":
                    parsed.modelStore = Path.of(valueAt(words, ++i));
                    break;
                case "--port":
                    parsed.port = Integer.parseInt(valueAt(words, ++i));
                    break;
                case "--port-file":
                    parsed.portFile = Path.of(valueAt(words, ++i));
                    break;
                case "--unpack-engine":
                    parsed.unpackEngine = true;
                    break;
                case "--exit-at-eof":
                    parsed.exitAtEof = true;
                    break;
                default:
                    throw new IllegalArgumentException("unknown option " + words[i]);
            }
        }
        if (parsed.modelStore == null && !parsed.unpackEngine) {
            throw new IllegalArgumentException("--model-store is required");
        }
        return parsed;
    }

    private static String valueAt(String[] words, int index) {
        if (index == words.length) {
            throw new IllegalArgumentException(words[index - 1] + " needs a value");
        }
        return words[index];
    }

    Path modelStore() {
        return modelStore;
    }

    /** Returns the port to open; 0 takes a free one. */
    int port() {
        return port;
    }

    /** Returns the file that gets the number of the open port, or null. */
    Path portFile() {
        return portFile;
    }

    boolean exitAtEof() {
        return exitAtEof;
    }

    boolean unpackEngine() {
        return unpackEngine;
    }
}
