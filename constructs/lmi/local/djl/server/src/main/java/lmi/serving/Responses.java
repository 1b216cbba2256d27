package lmi.serving;

import ai.djl.ModelException;
import ai.djl.engine.EngineException;
import ai.djl.modality.Output;
import ai.djl.ndarray.BytesSupplier;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.translate.TranslateException;
import ai.djl.util.JsonUtils;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers to one client. */
final class Responses {

    private static final Logger logger = LoggerFactory.getLogger(Responses.class);

    private final ChannelHandlerContext client;
    private final ConfigManager config;
    private final String requestId;
    private final String request;

    Responses(
            ChannelHandlerContext client, ConfigManager config, String requestId, String request) {
        this.client = client;
        this.config = config;
        this.requestId = requestId;
        this.request = request;
    }

    /** Sends a value as JSON. */
    void sendJson(HttpResponseStatus status, Object value) {
        byte[] body = (JsonUtils.GSON_PRETTY.toJson(value) + '\n').getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = response(status, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        send(response);
    }

    /**
     * Sends what the handler answered: its code, its properties as headers, its first content.
     *
     * <p>An answer in chunks is sent as it grows, and this returns when it has ended.
     */
    void sendOutput(Output output) {
        BytesSupplier data = output.getData();
        if (ChunkReader.reads(data)) {
            sendChunks(output, new ChunkReader(data));
        } else {
            sendWhole(output, data == null ? new byte[0] : data.getAsBytes());
        }
    }

    private void sendWhole(Output output, byte[] body) {
        FullHttpResponse response = response(statusOf(output), body);
        output.getProperties().forEach((name, value) -> response.headers().set(name, value));
        send(response);
    }

    /** Breaks the connection off if a chunk does not come in time, as DJL Serving does. */
    private void sendChunks(Output output, ChunkReader chunks) {
        try {
            // Not before the first chunk: the code may change with it.
            byte[] chunk = chunks.next(config.chunkedReadTimeout());
            if (!chunks.hasNext() && DjlVersion.isAtLeast("0.31.0")) {
                sendWhole(output, chunk);
                return;
            }
            client.writeAndFlush(chunkedHead(output));
            client.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk)));
            while (chunks.hasNext() && client.channel().isActive()) {
                chunk = chunks.next(config.chunkedReadTimeout());
                client.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk)));
            }
            client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        } catch (IllegalStateException e) {
            logger.warn("RequestId=[{}] Chunk reading interrupted", requestId, e);
            client.disconnect();
        }
    }

    private HttpResponse chunkedHead(Output output) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, statusOf(output));
        output.getProperties().forEach((name, value) -> response.headers().set(name, value));
        addHeaders(response);
        HttpUtil.setTransferEncodingChunked(response, true);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        logger.info("{} {}", request, response.status().code());
        return response;
    }

    private static HttpResponseStatus statusOf(Output output) {
        int code = output.getCode();
        return code == 200
                ? HttpResponseStatus.OK
                : new HttpResponseStatus(code, reason(output.getMessage()));
    }

    /** A line break in a handler's message would break the answer; DJL Serving does not look. */
    private static String reason(String message) {
        return message == null ? "" : message.replaceAll("[\\r\\n\\x00]+", " ");
    }

    /** Sends the error of a request that never reached a worker. */
    void sendError(Throwable error) {
        sendError(statusOf(error), error);
    }

    /** Sends the error of a request that failed in a worker or before it was queued. */
    void sendJobError(Throwable error) {
        int code;
        if (error instanceof TranslateException || error instanceof BadRequestException) {
            code = config.statusOf("bad_request", 400);
        } else if (error instanceof WlmCapacityException) {
            code = config.statusOf("throttle_error", 503);
        } else if (error instanceof WlmException) {
            code = config.statusOf("wlm_error", 503);
        } else {
            logger.warn("RequestId=[{}]: Unexpected error", requestId, error);
            code = config.statusOf("server_error", 500);
        }
        sendError(HttpResponseStatus.valueOf(code), error);
    }

    private static HttpResponseStatus statusOf(Throwable error) {
        if (error instanceof ResourceNotFoundException
                || error instanceof ModelNotFoundException
                || error instanceof NoSuchElementException) {
            return HttpResponseStatus.NOT_FOUND;
        }
        if (error instanceof BadRequestException) {
            return HttpResponseStatus.valueOf(400, error.getMessage());
        }
        if (error instanceof ModelException) {
            return HttpResponseStatus.BAD_REQUEST;
        }
        if (error instanceof EngineException && "OOM".equals(error.getMessage())) {
            return HttpResponseStatus.INSUFFICIENT_STORAGE;
        }
        if (error instanceof IllegalArgumentException) {
            return HttpResponseStatus.CONFLICT;
        }
        logger.error("Unexpected error", error);
        return HttpResponseStatus.INTERNAL_SERVER_ERROR;
    }

    private void sendError(HttpResponseStatus status, Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("code", status.code());
        body.put("type", error.getClass().getSimpleName());
        body.put("message", root.getMessage());
        sendJson(status, body);
    }

    private static FullHttpResponse response(HttpResponseStatus status, byte[] body) {
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    }

    private void addHeaders(HttpResponse response) {
        response.headers()
                .set("x-request-id", requestId)
                .set("Pragma", "no-cache")
                .set("Cache-Control", "no-cache; no-store, must-revalidate, private")
                .set("Expires", "Thu, 01 Jan 1970 00:00:00 UTC");
    }

    private void send(FullHttpResponse response) {
        int code = response.status().code();
        addHeaders(response);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        boolean close = code >= 400;
        response.headers()
                .set(
                        HttpHeaderNames.CONNECTION,
                        close ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
        logger.info("{} {}", request, code);
        ChannelFuture written = client.writeAndFlush(response);
        if (close) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
