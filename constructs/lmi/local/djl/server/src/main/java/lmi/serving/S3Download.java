package lmi.serving;

import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the model that {@code option.model_id} names in S3.
 *
 * <p>As DJL Serving does without s5cmd, which its images have and hosts do not: with the AWS CLI,
 * into a folder of its own (ModelInfo.java, downloadS3, of 0.22.1 to 0.36.0). Before 0.22.0 DJL's
 * engine fetches it itself.
 */
final class S3Download {

    private static final Logger logger = LoggerFactory.getLogger(S3Download.class);

    private S3Download() {}

    /**
     * Fetches the model, and returns its folder, or null if it lies elsewhere.
     *
     * @param properties the settings of the model
     * @throws IOException if the folder cannot be made
     * @throws ModelNotFoundException if the AWS CLI is not there, or fails
     */
    static Path download(Properties properties) throws IOException, ModelNotFoundException {
        if (!DjlVersion.isAtLeast("0.22.0")) {
            return null;
        }
        String url = properties.getProperty("option.model_id");
        String s3Url = properties.getProperty("option.s3url");
        if (s3Url != null && !DjlVersion.isAtLeast("0.27.0")) {
            if (url != null) {
                throw new IllegalArgumentException("model_id and s3url could not both set!");
            }
            url = s3Url;
        }
        if (url == null || !url.startsWith("s3://")) {
            return null;
        }
        logger.info("S3 url found, start downloading from {}", url);
        String configured = Utils.getenv("SERVING_DOWNLOAD_DIR", null);
        Path cache = configured == null ? Utils.getCacheDir() : Paths.get(configured);
        Path parent = Files.createDirectories(cache.resolve("download"));
        Path target = Files.createTempDirectory(parent, "s3-");
        run(List.of("aws", "s3", "sync", "--no-progress", url.trim(), target.toString()));
        logger.info("Download completed! Files saved to {}", target);
        return target;
    }

    private static void run(List<String> command) throws ModelNotFoundException {
        String output;
        int status;
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (InputStream stream = process.getInputStream()) {
                output = Utils.toString(stream);
            }
            status = process.waitFor();
        } catch (IOException e) {
            throw new ModelNotFoundException("Model failed to download from s3", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelNotFoundException("Model failed to download from s3", e);
        }
        if (status != 0) {
            throw new ModelNotFoundException(
                    "Failed to execute: " + String.join(" ", command) + ": " + output.strip());
        }
    }
}
