package lmi.serving;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of one model: serving.properties and what the environment adds to it. */
final class ServingProperties {

    private static final Logger logger = LoggerFactory.getLogger(ServingProperties.class);
    private static final Pattern SNAKE_CASE = Pattern.compile("[A-Z_\\d]+");

    private ServingProperties() {}

    /**
     * Reads the settings of the model in a folder.
     *
     * <p>Environment variables are those of the container: {@code OPTION_X} stands for the key
     * {@code option.x}, {@code ARGS_X} for {@code x}.
     */
    static Properties read(Path modelDir) {
        Properties read = new Properties();
        Path file = modelDir.resolve("serving.properties");
        if (Files.isRegularFile(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                read.load(in);
            } catch (IOException e) {
                logger.warn("{}: Failed read serving.properties file", modelDir, e);
            }
        }
        if (DjlVersion.isAtLeast("0.23.0")) {
            System.getenv().forEach((key, value) -> addEnvironment(read, key, value));
        }
        if (DjlVersion.isAtLeast("0.34.0")) {
            applySageMakerCompatibility(read);
        }
        return read;
    }

    /** The file wins over OPTION_* and ARGS_* variables. */
    private static void addEnvironment(Properties read, String variable, String value) {
        if (value.isEmpty()) {
            return;
        }
        if (variable.startsWith("OPTION_")) {
            String key = snakeCase(variable.substring(7));
            if ("engine".equals(key)) {
                read.putIfAbsent("engine", value);
            } else {
                key = "entrypoint".equals(key) ? "entryPoint" : key;
                read.putIfAbsent("option." + key, value);
            }
        } else if (variable.startsWith("ARGS_")) {
            read.putIfAbsent(snakeCase(variable.substring(5)), value);
        }
    }

    private static String snakeCase(String key) {
        return SNAKE_CASE.matcher(key).matches() ? key.toLowerCase(Locale.ROOT) : key;
    }

    /** Since 0.35, which DJL 0.34 stands for here, these variables win over the file. */
    private static void applySageMakerCompatibility(Properties read) {
        override(read, "SAGEMAKER_NUM_MODEL_WORKERS", "minWorkers");
        override(read, "SAGEMAKER_NUM_MODEL_WORKERS", "maxWorkers");
        override(read, "SAGEMAKER_STARTUP_TIMEOUT", "option.model_loading_timeout");
        override(read, "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS", "option.predict_timeout");
    }

    private static void override(Properties read, String variable, String key) {
        String value = System.getenv(variable);
        if (value != null) {
            read.setProperty(key, value);
        }
    }

    /**
     * Returns a number.
     *
     * @param key the name of the setting
     * @param value what is set, or null
     * @param defaultValue the number if nothing is set
     * @throws IllegalArgumentException if it is no whole number
     */
    static int integer(String key, String value, int defaultValue) {
        try {
            return value == null ? defaultValue : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " must be a whole number, got " + value);
        }
    }
}
