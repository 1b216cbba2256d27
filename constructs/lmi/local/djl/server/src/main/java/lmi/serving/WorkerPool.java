package lmi.serving;

import ai.djl.ModelException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of one model and the queue before them. */
final class WorkerPool {

    private static final Logger logger = LoggerFactory.getLogger(WorkerPool.class);

    private final ModelInfo model;
    private final ExecutorService threads;
    private final BlockingQueue<Job> queue = new LinkedBlockingQueue<>();
    private final List<WorkerThread> workers = new CopyOnWriteArrayList<>();

    WorkerPool(ModelInfo model, ExecutorService threads) {
        this.model = model;
        this.threads = threads;
    }

    ModelInfo model() {
        return model;
    }

    /**
     * Loads the model and starts the least number of workers, one after the other.
     *
     * @throws ModelException if DJL refuses the model
     * @throws IOException if a file cannot be read
     */
    void initWorkers() throws ModelException, IOException {
        model.load();
        for (int i = 0; i < model.minWorkers(); ++i) {
            addWorker(true);
        }
        logger.info(
                "Model {} has {} to {} workers",
                model.name(),
                model.minWorkers(),
                model.maxWorkers());
    }

    /**
     * Queues a job, or completes it with a {@link WlmException} if the model is not ready or the
     * queue is full. Starts a further worker when the queue grows and there may be more of them.
     */
    void runJob(Job job) {
        if (model.status() != ModelInfo.Status.READY) {
            refuse(job, new WlmException("Model is not ready: " + model.name()));
        } else if (!offer(job)) {
            String message = "Worker queue capacity exceeded for model: " + model.name();
            // The client hears of it when the next worker is up, as in DJL Serving.
            scaleUp().whenComplete((ok, e) -> refuse(job, new WlmCapacityException(message)));
        } else {
            long running = running();
            boolean grows = queue.size() > model.queue().batchSize() * 2;
            if (running == 0 || running < model.maxWorkers() && grows) {
                scaleUp();
            }
        }
    }

    private static void refuse(Job job, WlmException reason) {
        logger.warn(reason.getMessage());
        job.result().completeExceptionally(reason);
    }

    private synchronized boolean offer(Job job) {
        int remaining = model.queue().queueSize() - queue.size();
        boolean allBusy = workers.stream().noneMatch(w -> w.isRunning() && !w.isBusy());
        if ((remaining == 1 && allBusy) || remaining < 1 || running() == 0) {
            return false;
        }
        return queue.offer(job);
    }

    private CompletableFuture<Void> scaleUp() {
        return CompletableFuture.runAsync(this::addWorkerIfThereMayBeMore, threads)
                .whenComplete(
                        (ok, e) -> {
                            if (e != null) {
                                logger.error("Failed to start a worker for {}", model.name(), e);
                            }
                        });
    }

    private void addWorkerIfThereMayBeMore() {
        synchronized (workers) {
            if (running() < model.maxWorkers()) {
                logger.info("Scaling up workers for model {}", model.name());
                addWorker(false);
            }
        }
    }

    private void addWorker(boolean permanent) {
        WorkerThread worker = new WorkerThread(model, queue, permanent);
        workers.add(worker);
        threads.submit(worker);
    }

    private long running() {
        workers.removeIf(WorkerThread::isStale);
        return workers.stream().filter(WorkerThread::isRunning).count();
    }

    /** Returns whether there are as many workers as there always should be. */
    boolean isFullyScaled() {
        workers.removeIf(WorkerThread::isStale);
        return workers.size() >= model.minWorkers();
    }
}
