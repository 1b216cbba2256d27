package lmi.serving;

import static java.util.Map.entry;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Properties;

/** Tells from the files of a model which engine it is for, if it does not say so itself. */
final class EngineDetection {

    /** File name, where * is the name of the model, to engine; the first that exists decides. */
    private static final List<Entry<String, String>> OTHER_ENGINES =
            List.of(
                    entry("*.pt", "PyTorch"),
                    entry("model.pt", "PyTorch"),
                    entry("config.pbtxt", "TritonServer"),
                    entry("saved_model.pb", "TensorFlow"),
                    entry("*.onnx", "OnnxRuntime"),
                    entry("model.onnx", "OnnxRuntime"),
                    entry("*.json", "XGBoost"),
                    entry("*.xgb", "XGBoost"),
                    entry("model.xgb", "XGBoost"));

    private EngineDetection() {}

    /**
     * Returns the engine, or nothing if no file tells.
     *
     * @param modelDir the folder of the model
     * @param folderName the name that the folder's own files may carry
     * @param properties the settings of the model
     */
    static Optional<String> of(Path modelDir, String folderName, Properties properties) {
        String prefix = properties.getProperty("option.modelName", folderName);
        boolean pythonFirst = !DjlVersion.isAtLeast("0.34.0");
        boolean python = isPython(modelDir, prefix, properties);
        if (python && (pythonFirst || Files.isDirectory(modelDir.resolve("MAR-INF")))) {
            return Optional.of("Python");
        }
        for (Entry<String, String> entry : OTHER_ENGINES) {
            Path file = modelDir.resolve(entry.getKey().replace("*", prefix));
            if (Files.isRegularFile(file)) {
                return Optional.of(entry.getValue());
            }
        }
        return python ? Optional.of("Python") : Optional.empty();
    }

    private static boolean isPython(Path modelDir, String prefix, Properties properties) {
        if (Files.isDirectory(modelDir.resolve("MAR-INF"))
                || Files.isRegularFile(modelDir.resolve("model.py"))
                || Files.isRegularFile(modelDir.resolve(prefix + ".py"))) {
            return true;
        }
        // In 0.20, serving.properties alone has to name the engine.
        return DjlVersion.isAtLeast("0.22.0")
                && (properties.getProperty("option.model_id") != null
                        || Files.isRegularFile(modelDir.resolve("config.json")));
    }
}
