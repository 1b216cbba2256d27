package lmi.serving;

import java.util.Properties;

/** How the requests of one model wait: the model's own settings, else the server's. */
final class QueueSettings {

    private final int queueSize;
    private final int batchSize;
    private final int maxBatchDelayMillis;
    private final int maxIdleSeconds;

    /**
     * Takes the settings of a model.
     *
     * @throws IllegalArgumentException if one of them is no whole number
     */
    QueueSettings(Properties properties, ConfigManager config) {
        queueSize = value(properties, "job_queue_size", config.jobQueueSize());
        // In 0.20 only the queue's size could be set for one model.
        Properties modern = DjlVersion.isAtLeast("0.21.0") ? properties : new Properties();
        batchSize =
                value(
                        modern,
                        "batch_size",
                        value(modern, "max_dynamic_batch_size", config.batchSize()));
        maxBatchDelayMillis = value(modern, "max_batch_delay", config.maxBatchDelayMillis());
        maxIdleSeconds = value(modern, "max_idle_time", config.maxIdleSeconds());
    }

    private static int value(Properties properties, String key, int defaultValue) {
        return ServingProperties.integer(key, properties.getProperty(key), defaultValue);
    }

    /** Returns how many requests wait before the next one is answered with 503. */
    int queueSize() {
        return queueSize;
    }

    /** Returns how many requests the handler gets at once at most. */
    int batchSize() {
        return batchSize;
    }

    int maxBatchDelayMillis() {
        return maxBatchDelayMillis;
    }

    int maxIdleSeconds() {
        return maxIdleSeconds;
    }
}
