package lmi.serving;

/** The job queue is full; answered with status 503 unless configured otherwise. */
final class WlmCapacityException extends WlmException {

    private static final long serialVersionUID = 1L;

    WlmCapacityException(String message) {
        super(message);
    }
}
