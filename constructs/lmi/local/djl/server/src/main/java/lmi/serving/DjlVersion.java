package lmi.serving;

import ai.djl.engine.Engine;
import java.util.Arrays;

/** The version of DJL on the class path, because DJL Serving changed its behaviour over time. */
final class DjlVersion {

    private DjlVersion() {}

    /** Returns true if DJL is of the given version, for example {@code 0.25.0}, or newer. */
    static boolean isAtLeast(String version) {
        return Arrays.compare(numbers(Engine.getDjlVersion()), numbers(version)) >= 0;
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
}
