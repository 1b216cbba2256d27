package lmi.serving;

import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends a race in DJL 0.20 and 0.21.
 *
 * <p>There, {@code PyProcess.setStarted} wakes the thread that waits for Python before it notes
 * that Python has started. If that thread is faster, it takes Python for broken and waits for its
 * end, for half a minute, and the model fails. Since 0.22.1 the order is right. Here, a Python
 * process whose end is waited for is ended, and another one is started.
 */
final class StartRace {

    private static final Logger logger = LoggerFactory.getLogger(StartRace.class);
    private static final int ATTEMPTS = 20;
    private static final int CHECK_MILLIS = 50;

    private StartRace() {}

    /** Starts a Python process, again if DJL did not notice that it had started. */
    static Predictor<Input, Output> start(Supplier<Predictor<Input, Output>> starter) {
        if (DjlVersion.isAtLeast("0.22.0")) {
            return starter.get();
        }
        for (int attempt = 1; attempt < ATTEMPTS; ++attempt) {
            AtomicBoolean missed = new AtomicBoolean();
            Thread watcher = watch(Thread.currentThread(), missed);
            try {
                return starter.get();
            } catch (EngineException e) {
                if (!missed.get()) {
                    throw e;
                }
                logger.warn("DJL did not notice that Python had started; starting another one");
            } finally {
                watcher.interrupt();
            }
        }
        return starter.get();
    }

    private static Thread watch(Thread starter, AtomicBoolean missed) {
        Set<ProcessHandle> others = ProcessHandle.current().children().collect(Collectors.toSet());
        Runnable check =
                () -> {
                    try {
                        while (!waitsForTheEnd(starter)) {
                            Thread.sleep(CHECK_MILLIS);
                        }
                        missed.set(true);
                        ProcessHandle.current()
                                .children()
                                .filter(child -> !others.contains(child))
                                .forEach(ProcessHandle::destroyForcibly);
                    } catch (InterruptedException e) {
                        logger.debug("Python has started or failed");
                    }
                };
        Thread watcher = new Thread(check, "start-race");
        watcher.setDaemon(true);
        watcher.start();
        return watcher;
    }

    /** A process that really broke is waited for too, but not for long. */
    private static boolean waitsForTheEnd(Thread starter) throws InterruptedException {
        if (!isInWaitFor(starter)) {
            return false;
        }
        Thread.sleep(2 * CHECK_MILLIS);
        return isInWaitFor(starter);
    }

    private static boolean isInWaitFor(Thread starter) {
        List<String> methods =
                Arrays.stream(starter.getStackTrace())
                        .map(StackTraceElement::getMethodName)
                        .collect(Collectors.toList());
        int start = methods.indexOf("startPythonProcess");
        return start > 0 && "waitFor".equals(methods.get(start - 1));
    }
}
