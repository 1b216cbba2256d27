package lmi.serving;

import ai.djl.util.Utils;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the models in the folder that a container sees as {@code /opt/ml/model}. */
final class ModelStore {

    private static final Logger logger = LoggerFactory.getLogger(ModelStore.class);
    private static final Pattern ARCHIVE =
            Pattern.compile(".*\\.(zip|mar|tgz|tar\\.gz|tar|tar\\.z)", Pattern.CASE_INSENSITIVE);

    private final Path root;
    private final ConfigManager config;

    ModelStore(Path root, ConfigManager config) {
        this.root = root;
        this.config = config;
    }

    /**
     * Returns the models of the store, by the rules of the version of DJL.
     *
     * @throws IOException if the folder cannot be read
     */
    List<ModelInfo> models() throws IOException {
        List<ModelInfo> models = new ArrayList<>();
        if (!config.loadsModels()) {
            return models;
        }
        if (Files.isDirectory(root)) {
            models.addAll(DjlVersion.isAtLeast("0.25.0") ? allOrRoot() : rootOrAll());
        } else {
            logger.warn("Model store path is not found: {}", root);
        }
        if (DjlVersion.isAtLeast("0.25.0") && System.getenv("HF_MODEL_ID") != null) {
            huggingFaceModel(System.getenv("HF_MODEL_ID")).ifPresent(models::add);
        }
        return models;
    }

    /** Since 0.25: if every entry can be a model, each is one, otherwise the root is the model. */
    private List<ModelInfo> allOrRoot() throws IOException {
        List<Path> entries = entries(root);
        // A hidden entry counts since 0.35, which DJL 0.34 stands for here.
        boolean hiddenCounts = DjlVersion.isAtLeast("0.34.0");
        boolean all =
                entries.stream()
                        .filter(p -> hiddenCounts || !isHidden(p))
                        .allMatch(p -> canBeModel(p) && !isHidden(p));
        if (!all) {
            return modelAt(root).stream().collect(Collectors.toList());
        }
        return entries.stream()
                .map(this::modelAt)
                .flatMap(Optional::stream)
                .collect(Collectors.toList());
    }

    /** Until 0.24: the root if its engine can be told, otherwise every entry of which it can. */
    private List<ModelInfo> rootOrAll() throws IOException {
        Optional<ModelInfo> top = modelWithEngineAt(root);
        if (top.isPresent()) {
            return List.of(top.get());
        }
        return entries(root).stream()
                .map(this::modelWithEngineAt)
                .flatMap(Optional::stream)
                .collect(Collectors.toList());
    }

    private Optional<ModelInfo> modelWithEngineAt(Path path) {
        if (!canBeModel(path) || isHidden(path)) {
            return Optional.empty();
        }
        ModelInfo model = new ModelInfo(Utils.getNestedModelDir(path), config);
        if (model.inferEngine().isEmpty()) {
            logger.warn("Failed to detect engine of the model: {}", model.modelDir());
            return Optional.empty();
        }
        return Optional.of(model);
    }

    private Optional<ModelInfo> modelAt(Path path) {
        if (!canBeModel(path) || isHidden(path)) {
            return Optional.empty();
        }
        try {
            // An archive cannot be listed: DJL Serving skips it here too, with this warning.
            if (entries(path).isEmpty()) {
                return Optional.empty();
            }
        } catch (IOException e) {
            logger.warn("Failed to access file: {}", path, e);
            return Optional.empty();
        }
        ModelInfo model = new ModelInfo(Utils.getNestedModelDir(path), config);
        logger.info("Found model {}={}", model.name(), model.modelDir());
        return Optional.of(model);
    }

    private Optional<ModelInfo> huggingFaceModel(String id) throws IOException {
        if (id.contains("://")) {
            throw new IllegalArgumentException(
                    "HF_MODEL_ID must be a Hugging Face model id or a folder on the local model"
                            + " server, got "
                            + id);
        }
        if (Files.exists(Path.of(id))) {
            return modelAt(Path.of(id));
        }
        String download = config.downloadDir();
        Path parent = download == null ? Utils.getCacheDir() : Path.of(download);
        Path dir = Files.createDirectories(parent.resolve(id.replaceAll("(\\W|^_)", "_")));
        Properties properties = new Properties();
        properties.setProperty("option.model_id", id);
        setIfPresent(properties, "option.revision", "HF_REVISION");
        setIfPresent(properties, "option.task", "HF_TASK");
        try (Writer writer = Files.newBufferedWriter(dir.resolve("serving.properties"))) {
            properties.store(writer, null);
        }
        return Optional.of(new ModelInfo(dir, config));
    }

    private static void setIfPresent(Properties properties, String key, String variable) {
        String value = System.getenv(variable);
        if (value != null) {
            properties.setProperty(key, value);
        }
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> stream = Files.list(folder)) {
            return stream.sorted().collect(Collectors.toList());
        }
    }

    private static boolean canBeModel(Path path) {
        return Files.isDirectory(path) || ARCHIVE.matcher(name(path)).matches();
    }

    private static boolean isHidden(Path path) {
        return name(path).startsWith(".");
    }

    private static String name(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }
}
