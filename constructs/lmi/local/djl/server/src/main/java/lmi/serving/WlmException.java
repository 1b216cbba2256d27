package lmi.serving;

/** A worker could not finish the request; answered with status 503 unless configured otherwise. */
class WlmException extends Exception {

    private static final long serialVersionUID = 1L;

    WlmException(String message) {
        super(message);
    }
}
