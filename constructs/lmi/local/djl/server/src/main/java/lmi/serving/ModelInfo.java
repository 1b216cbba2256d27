package lmi.serving;

import ai.djl.Device;
import ai.djl.ModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopServingTranslatorFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One model: its folder, its settings and, once loaded, DJL's model. */
final class ModelInfo {

    private static final Logger logger = LoggerFactory.getLogger(ModelInfo.class);

    /** Engines that DJL Serving itself has or fetches when a model asks for them. */
    private static final Set<String> INSTALLED_ON_DEMAND =
            Set.of(
                    "LightGBM",
                    "Llama",
                    "MXNet",
                    "OnnxRuntime",
                    "PaddlePaddle",
                    "PyTorch",
                    "Rust",
                    "TFLite",
                    "TensorFlow",
                    "TensorRT",
                    "TritonServer",
                    "XGBoost");

    /** The state that /ping reports. */
    enum Status {
        PENDING,
        READY,
        FAILED
    }

    private final String name;
    private final Path modelDir;
    private final ConfigManager config;
    private final Properties properties;
    private volatile QueueSettings queue;
    private volatile ZooModel<Input, Output> model;

    /**
     * Reads the settings of a model.
     *
     * @param modelDir the folder that holds {@code serving.properties} and the handler
     * @param config the settings of the server, which the model's own settings override
     */
    ModelInfo(Path modelDir, ConfigManager config) {
        this.modelDir = modelDir.toAbsolutePath();
        this.config = config;
        this.name = fileName().replaceAll("(\\W|^_)", "_");
        this.properties = ServingProperties.read(this.modelDir);
    }

    /** Returns the name under which the model is served: its folder's, with {@code _} for signs. */
    String name() {
        return name;
    }

    Path modelDir() {
        return modelDir;
    }

    private String fileName() {
        return Objects.requireNonNull(modelDir.getFileName()).toString();
    }

    /** Returns the name of the engine that the folder asks for, or nothing if it shows none. */
    Optional<String> inferEngine() {
        String engine = properties.getProperty("engine");
        return engine == null
                ? EngineDetection.of(modelDir, fileName(), properties)
                : Optional.of(engine);
    }

    /**
     * Loads the model with DJL. Workers start Python later, each its own.
     *
     * @throws ModelException if DJL finds no engine or refuses the model
     * @throws IOException if a file cannot be read
     */
    void load() throws ModelException, IOException {
        refuseWhatIsNotServedLocally();
        queue = new QueueSettings(properties, config);
        Path download = S3Download.download(properties);
        String engine = engine();
        if ("MPI".equals(engine)) {
            properties.setProperty("option.mpi_mode", "true");
        }
        Map<String, String> options = new HashMap<>();
        Map<String, Object> arguments = new HashMap<>(config.workers());
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith("option.")) {
                options.put(key.substring(7), properties.getProperty(key));
            } else {
                arguments.put(key, properties.getProperty(key));
            }
        }
        if (download != null) {
            options.put("model_id", download.toString());
        }
        Criteria.Builder<Input, Output> criteria =
                Criteria.builder()
                        .setTypes(Input.class, Output.class)
                        .optModelUrls(modelDir.toUri().toURL().toString())
                        .optEngine(engine)
                        .optDevice(Device.cpu())
                        .optArguments(arguments)
                        .optOptions(options)
                        .optTranslatorFactory(new NoopServingTranslatorFactory());
        logger.info("Loading model {} on {} with engine {}", name, Device.cpu(), engine);
        model = criteria.build().loadModel();
    }

    private String engine() throws ModelNotFoundException {
        String engine = inferEngine().orElse(null);
        if (engine == null) {
            throw new ModelNotFoundException("Failed to detect engine of the model: " + modelDir);
        }
        if (!Engine.hasEngine(engine) && INSTALLED_ON_DEMAND.contains(engine)) {
            throw new IllegalArgumentException(
                    "the local model server has DJL's Python engine only, and "
                            + modelDir
                            + " asks for the engine "
                            + engine);
        }
        // Fails as in DJL Serving: "Deep learning engine not found: X".
        Engine.getEngine(engine);
        return engine;
    }

    private void refuseWhatIsNotServedLocally() {
        String devices = properties.getProperty("load_on_devices", config.loadOnDevices());
        if (!devices.matches("\\*|-1|cpu|")) {
            throw new IllegalArgumentException(
                    "load_on_devices must be * or -1 on the local model server, got " + devices);
        }
        String id = properties.getProperty("option.model_id", "");
        if (DjlVersion.isAtLeast("0.22.0") && id.startsWith("djl://")) {
            throw new IllegalArgumentException(
                    "the local model server does not download option.model_id " + id);
        }
        for (String file : new String[] {"workflow.json", "workflow.yml", "workflow.yaml"}) {
            if (Files.isRegularFile(modelDir.resolve(file))) {
                throw new IllegalArgumentException(
                        "the local model server runs no workflows, got " + modelDir.resolve(file));
            }
        }
    }

    /** Returns a predictor, which starts a Python process and waits until it has loaded. */
    Predictor<Input, Output> newPredictor() {
        return StartRace.start(model::newPredictor);
    }

    /** Returns whether the model is loaded, and whether its Python processes failed too often. */
    Status status() {
        if (model == null) {
            return Status.PENDING;
        }
        int failures = ServingProperties.integer("failed", model.getProperty("failed"), 0);
        int threshold =
                ServingProperties.integer(
                        "retry_threshold",
                        model.getProperty("retry_threshold"),
                        config.retryThreshold());
        if (failures <= threshold || config.overridesHealthCheck()) {
            return Status.READY;
        }
        logger.info("{}: exceed retry threshold: {}, mark model as failed.", name, threshold);
        if (config.failsFast()) {
            System.exit(137);
        }
        return Status.FAILED;
    }

    /** Returns how the requests of the model are queued, once it is loaded. */
    QueueSettings queue() {
        return queue;
    }

    /** Returns how many workers there always are. */
    int minWorkers() {
        return Math.min(workers("minWorkers", 1), maxWorkers());
    }

    /** Returns how many workers there are at most, as DJL Serving decides it on a CPU. */
    int maxWorkers() {
        int declared = workers("maxWorkers", -1);
        if (declared > 0) {
            return declared;
        }
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = ServingProperties.integer(
                        "OMP_NUM_THREADS", System.getenv("OMP_NUM_THREADS"), -1);
        return threads > 0 ? cores / Math.min(threads, cores) : 2;
    }

    private int workers(String key, int defaultValue) {
        String value = model.getProperty("cpu." + key);
        return ServingProperties.integer(
                key, value == null ? model.getProperty(key) : value, defaultValue);
    }
}
