package lmi.serving;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of the server: the keys of DJL Serving's {@code config.properties}, as the container
 * takes them from environment variables that start with {@code SERVING_}.
 */
final class ConfigManager {

    private static final Logger logger = LoggerFactory.getLogger(ConfigManager.class);
    private static final int DEFAULT_MAX_REQUEST_SIZE = 64 * 1024 * 1024;

    /** Settings that change what a client sees and that this server does not have. */
    private static final List<String> REFUSED =
            List.of(
                    "wait_model_loading",
                    "model_url_pattern",
                    "error_rate_wlm",
                    "error_rate_server",
                    "error_rate_model",
                    "error_rate_any",
                    "cors_allowed_origin",
                    "cors_allowed_methods",
                    "cors_allowed_headers");

    /** Settings about addresses, threads and TLS, which the local server chooses itself. */
    private static final List<String> WITHOUT_EFFECT =
            List.of(
                    "inference_address",
                    "management_address",
                    "cluster_address",
                    "model_store",
                    "number_of_netty_threads",
                    "plugin_folder",
                    "keystore",
                    "keystore_pass",
                    "keystore_type",
                    "certificate_file",
                    "private_key_file",
                    "use_native_io",
                    "io_ratio",
                    "reserved_memory_mb");

    private final Map<String, String> settings = new TreeMap<>();

    /**
     * Reads the settings.
     *
     * @param environment the environment variables of the container
     * @throws IllegalArgumentException if a setting is one that this server does not have
     */
    ConfigManager(Map<String, String> environment) {
        environment.forEach(
                (name, value) -> {
                    if (name.startsWith("SERVING_")) {
                        settings.put(name.substring(8).toLowerCase(Locale.ROOT), value);
                    }
                });
        applySageMakerCompatibility(environment);
        for (String key : REFUSED) {
            if (settings.containsKey(key)) {
                throw new IllegalArgumentException(
                        variable(key)
                                + " is a setting of DJL Serving that the local model server does"
                                + " not have; leave it out of the local environment");
            }
        }
        for (String key : WITHOUT_EFFECT) {
            if (settings.containsKey(key)) {
                logger.warn("{} has no effect on the local model server", variable(key));
            }
        }
    }

    private void applySageMakerCompatibility(Map<String, String> environment) {
        if (!DjlVersion.isAtLeast("0.34.0")) {
            return;
        }
        String bytes = environment.get("SAGEMAKER_MAX_REQUEST_SIZE");
        String megabytes = environment.get("SAGEMAKER_MAX_PAYLOAD_IN_MB");
        if (bytes != null) {
            settings.put("max_request_size", bytes);
        } else if (megabytes != null) {
            try {
                long size = Long.parseLong(megabytes) * 1024 * 1024;
                settings.put("max_request_size", String.valueOf(size));
            } catch (NumberFormatException e) {
                logger.warn("Invalid SAGEMAKER_MAX_PAYLOAD_IN_MB value: {}", megabytes);
            }
        }
    }

    /** Returns the models to load: {@code ALL} of the model store, or {@code NONE}. */
    boolean loadsModels() {
        String models = settings.getOrDefault("load_models", "ALL");
        if (models.isEmpty() || "ALL".equalsIgnoreCase(models)) {
            return true;
        }
        if ("NONE".equalsIgnoreCase(models)) {
            return false;
        }
        throw new IllegalArgumentException(
                "SERVING_LOAD_MODELS must be ALL or NONE on the local model server, got " + models);
    }

    /** Returns the largest body of a request in bytes. */
    int maxRequestSize() {
        return integer("max_request_size", DEFAULT_MAX_REQUEST_SIZE);
    }

    /** Returns how many requests wait for a worker before the next one is answered with 503. */
    int jobQueueSize() {
        return integer("job_queue_size", 1000);
    }

    /** Returns the seconds without a request after which a worker above the minimum ends. */
    int maxIdleSeconds() {
        return integer("max_idle_time", 60);
    }

    /** Returns how many requests are given to the handler at once at most. */
    int batchSize() {
        return integer("batch_size", 1);
    }

    /** Returns the milliseconds that a batch waits for further requests. */
    int maxBatchDelayMillis() {
        return integer("max_batch_delay", DjlVersion.isAtLeast("0.21.0") ? 100 : 300);
    }

    /** Returns the seconds that the next chunk of an answer may take. */
    int chunkedReadTimeout() {
        return integer("chunked_read_timeout", DjlVersion.isAtLeast("0.31.0") ? 120 : 60);
    }

    /** Returns the devices on which a model is loaded. */
    String loadOnDevices() {
        return settings.getOrDefault("load_on_devices", "*");
    }

    /** Returns true if a model that is still loading makes /ping answer 207 instead of 200. */
    boolean allowsMultiStatus() {
        return Boolean.parseBoolean(settings.get("allow_multi_status"));
    }

    /** Returns how many failures of Python /ping forgives, unless the model says otherwise. */
    int retryThreshold() {
        return integer("retry_threshold", DjlVersion.isAtLeast("0.34.0") ? 0 : 10);
    }

    /** Returns true if a model that failed for good ends the server. */
    boolean failsFast() {
        return Boolean.parseBoolean(settings.get("fail_fast"));
    }

    /** Returns true if a model that failed for good still counts as healthy. */
    boolean overridesHealthCheck() {
        return Boolean.parseBoolean(settings.get("health_check_override"));
    }

    /** Returns minWorkers and maxWorkers as far as they are set; the model's own settings win. */
    Map<String, String> workers() {
        Map<String, String> workers = new TreeMap<>();
        workers.put("minWorkers", settings.get("min_workers"));
        workers.put("maxWorkers", settings.get("max_workers"));
        workers.values().removeIf(Objects::isNull);
        return workers;
    }

    /** Returns the folder for what the server downloads, or null for DJL's cache folder. */
    String downloadDir() {
        return settings.get("download_dir");
    }

    /** Returns the request header that carries the id of a request. */
    String requestIdHeader() {
        // On SageMaker, DJL Serving takes the id that InvokeEndpoint was called with.
        return settings.getOrDefault("request_id_header_key", "X-Amzn-SageMaker-Inference-Id");
    }

    /**
     * Returns the status for a kind of failure.
     *
     * @param kind {@code bad_request}, {@code wlm_error}, {@code throttle_error} or {@code
     *     server_error}
     * @param status the status unless configured otherwise
     */
    int statusOf(String kind, int status) {
        return integer(kind + "_http_code", status);
    }

    private int integer(String key, int defaultValue) {
        String value = settings.get(key);
        try {
            return value == null ? defaultValue : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    variable(key) + " must be a whole number, got " + value, e);
        }
    }

    private static String variable(String key) {
        return "SERVING_" + key.toUpperCase(Locale.ROOT);
    }
}
