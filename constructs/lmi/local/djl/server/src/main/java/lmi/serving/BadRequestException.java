package lmi.serving;

/** The request cannot be understood; answered with status 400. */
final class BadRequestException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    BadRequestException(String message) {
        super(message);
    }
}
