package lmi.serving;

import ai.djl.modality.Input;
import ai.djl.modality.Output;
import java.util.concurrent.CompletableFuture;

/** One request on its way to a worker. */
final class Job {

    private final Input input;
    private final CompletableFuture<Output> result = new CompletableFuture<>();
    private volatile boolean cancelled;

    Job(Input input) {
        this.input = input;
    }

    Input input() {
        return input;
    }

    /** Returns what the handler will have answered, or why it could not. */
    CompletableFuture<Output> result() {
        return result;
    }

    /** Tells that nobody waits for the answer any more; a worker then leaves the job out. */
    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }
}
