package lmi.serving;

import ai.djl.inference.Predictor;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.translate.TranslateException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs from the queue and gives them to one Python process, one batch after the other.
 *
 * <p>A permanent worker runs until it breaks; any other ends after some idle time. A worker whose
 * Python process did not answer breaks: its jobs fail and its process ends.
 */
final class WorkerThread implements Runnable {

    private static final Logger logger = LoggerFactory.getLogger(WorkerThread.class);

    private final ModelInfo model;
    private final BlockingQueue<Job> queue;
    private final boolean permanent;
    private final Predictor<Input, Output> predictor;
    private volatile boolean busy;
    private volatile long stoppedAt;

    /** Starts the Python process and waits until it has loaded the model. */
    WorkerThread(ModelInfo model, BlockingQueue<Job> queue, boolean permanent) {
        this.model = model;
        this.queue = queue;
        this.permanent = permanent;
        this.predictor = model.newPredictor();
    }

    boolean isRunning() {
        return stoppedAt == 0;
    }

    boolean isBusy() {
        return busy;
    }

    /** Returns whether the worker ended more than a minute ago, and is forgotten therefore. */
    boolean isStale() {
        return !isRunning() && System.nanoTime() - stoppedAt > TimeUnit.MINUTES.toNanos(1);
    }

    @Override
    public void run() {
        List<Job> jobs = List.of();
        String error = "Worker shutting down";
        try {
            while (true) {
                jobs = nextBatch();
                if (jobs.isEmpty()) {
                    return;
                }
                busy = true;
                run(jobs);
                busy = false;
            }
        } catch (InterruptedException e) {
            logger.debug("Worker of {} is interrupted", model.name());
        } catch (Throwable t) {
            logger.error("{}: Server error", model.name(), t);
            error = t.getMessage();
        } finally {
            stoppedAt = System.nanoTime();
            for (Job job : jobs) {
                job.result().completeExceptionally(new WlmException(error));
            }
            predictor.close();
        }
    }

    private void run(List<Job> jobs) {
        List<Job> wanted =
                jobs.stream().filter(job -> !job.isCancelled()).collect(Collectors.toList());
        if (wanted.isEmpty()) {
            return;
        }
        List<Input> inputs = wanted.stream().map(Job::input).collect(Collectors.toList());
        try {
            List<Output> outputs = predictor.batchPredict(inputs);
            for (int i = 0; i < outputs.size(); ++i) {
                wanted.get(i).result().complete(outputs.get(i));
            }
        } catch (TranslateException e) {
            logger.warn("{}: Failed to predict", model.name(), e);
            wanted.forEach(job -> job.result().completeExceptionally(e));
        }
    }

    /** Returns the next jobs, or none if a worker that is not permanent has been idle too long. */
    private List<Job> nextBatch() throws InterruptedException {
        QueueSettings settings = model.queue();
        Job first =
                permanent
                        ? queue.take()
                        : queue.poll(settings.maxIdleSeconds(), TimeUnit.SECONDS);
        List<Job> jobs = new ArrayList<>();
        if (first == null) {
            return jobs;
        }
        jobs.add(first);
        queue.drainTo(jobs, settings.batchSize() - 1);
        long deadline =
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.maxBatchDelayMillis());
        while (jobs.size() < settings.batchSize()) {
            Job next = queue.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                break;
            }
            jobs.add(next);
        }
        return jobs;
    }
}
