package lmi.serving;

/** Nothing is served at the requested path; answered with status 404. */
final class ResourceNotFoundException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ResourceNotFoundException() {
        super("Requested resource is not found, please refer to API document.");
    }
}
