/**
 * An HTTP front for DJL's Python engine that answers as DJL Serving does in the LMI containers.
 *
 * <p>DJL itself finds the engine, installs requirements, starts Python and calls the handler. The
 * classes here decide which folder is a model, queue the requests and write the answers. They carry
 * the names of their counterparts in DJL Serving, and follow its releases 0.20.0 to 0.36.0:
 * https://github.com/deepjavalibrary/djl-serving.
 */
package lmi.serving;
