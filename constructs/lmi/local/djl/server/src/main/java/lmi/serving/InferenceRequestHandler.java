package lmi.serving;

import ai.djl.modality.Input;
import ai.djl.repository.zoo.ModelNotFoundException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the inference API of DJL Serving to the client of one connection. */
final class InferenceRequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger logger = LoggerFactory.getLogger(InferenceRequestHandler.class);
    private static final Pattern SERVED =
            Pattern.compile("/(ping|invocations|predictions)([/?].*)?");
    private static final Pattern SERVED_SINCE_0_25 =
            Pattern.compile("/v1/chat/completions([/?].*)?|/models/.+/invoke");

    private final Map<String, WorkerPool> models;
    private final ConfigManager config;
    private final Executor threads;
    private final RequestParser parser;
    private volatile Job job;

    /**
     * Serves models.
     *
     * @param models the models by name
     * @param config the settings of the server
     * @param threads where answers are written that may still be growing
     */
    InferenceRequestHandler(
            Map<String, WorkerPool> models, ConfigManager config, Executor threads) {
        this.models = models;
        this.config = config;
        this.threads = threads;
        this.parser = new RequestParser(config);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        String id = request.headers().get(config.requestIdHeader());
        if (id == null) {
            id = UUID.randomUUID().toString();
        }
        String line = "\"" + request.method() + ' ' + request.uri() + "\"";
        Responses responses = new Responses(context, config, id, line);
        try {
            if (!request.decoderResult().isSuccess()) {
                throw new BadRequestException("Invalid HTTP message.");
            }
            handle(request, responses, id);
        } catch (Throwable t) {
            responses.sendError(t);
        }
    }

    private void handle(FullHttpRequest request, Responses responses, String id)
            throws ModelNotFoundException {
        QueryStringDecoder query = new QueryStringDecoder(request.uri());
        boolean options = HttpMethod.OPTIONS.equals(request.method());
        if ("/".equals(query.path()) && options) {
            responses.sendJson(HttpResponseStatus.OK, Map.of());
            return;
        }
        if (!isServed(request.uri())) {
            throw new ResourceNotFoundException();
        }
        String[] segments = query.path().split("/");
        if ("ping".equals(segments[1])) {
            ping(responses);
            return;
        }
        if ("predictions".equals(segments[1]) && segments.length < 3) {
            throw new ResourceNotFoundException();
        }
        Input input = parser.parse(request, query);
        input.addProperty("requestId", id);
        boolean predictions = "predictions".equals(segments[1]);
        boolean named = predictions || "models".equals(segments[1]);
        String name = named ? segments[2] : modelName(query, input);
        String version = predictions ? segment(segments, 3) : modelVersion(query, input);
        WorkerPool pool = models.get(name);
        // What lies in a model store has no version, so that a request for one finds nothing.
        if (pool == null || version != null) {
            throw new ModelNotFoundException("Model or workflow not found: " + name);
        }
        if (options) {
            responses.sendJson(HttpResponseStatus.OK, Map.of());
            return;
        }
        run(pool, input, responses);
    }

    private static boolean isServed(String uri) {
        return SERVED.matcher(uri).matches()
                || DjlVersion.isAtLeast("0.25.0") && SERVED_SINCE_0_25.matcher(uri).matches();
    }

    private void ping(Responses responses) {
        Map<String, Object> status = new LinkedHashMap<>();
        boolean failed = false;
        boolean pending = false;
        for (WorkerPool pool : models.values()) {
            ModelInfo.Status state = pool.model().status();
            failed |= state == ModelInfo.Status.FAILED;
            pending |= state == ModelInfo.Status.PENDING;
            String text = state.name();
            if (state == ModelInfo.Status.READY) {
                text = pool.isFullyScaled() ? "Healthy" : "Unhealthy";
                failed |= !pool.isFullyScaled() && overridesHealthCheck();
            }
            status.put(pool.model().name(), Map.of("status", text));
        }
        HttpResponseStatus code = HttpResponseStatus.OK;
        if (failed) {
            code = HttpResponseStatus.INTERNAL_SERVER_ERROR;
        } else if (pending && config.allowsMultiStatus()) {
            code = HttpResponseStatus.MULTI_STATUS;
        }
        responses.sendJson(code, status);
    }

    private static boolean overridesHealthCheck() {
        return Boolean.parseBoolean(System.getenv("SAGEMAKER_HEALTH_CHECK_OVERRIDE"));
    }

    private static String segment(String[] segments, int index) {
        return segments.length > index && !segments[index].isEmpty() ? segments[index] : null;
    }

    private static String modelVersion(QueryStringDecoder query, Input input) {
        String version = parameter(query, "model_version");
        return version == null ? input.getProperty("model_version", null) : version;
    }

    private static String parameter(QueryStringDecoder query, String name) {
        return query.parameters().getOrDefault(name, List.of()).stream()
                .findFirst()
                .filter(value -> !value.isEmpty())
                .orElse(null);
    }

    private String modelName(QueryStringDecoder query, Input input) {
        String name = parameter(query, "model_name");
        if (name == null) {
            name = input.getProperty("model_name", null);
        }
        if (name == null) {
            name = input.getAsString("model_name");
        }
        if (name == null && models.size() == 1) {
            name = models.keySet().iterator().next();
        }
        if (name == null) {
            throw new BadRequestException("Parameter model_name is required.");
        }
        return name;
    }

    private void run(WorkerPool pool, Input input, Responses responses) {
        boolean tracked =
                input.getProperty("x-starting-token", null) != null
                        || !Boolean.parseBoolean(input.getProperty("x-synchronous", "true"));
        if (tracked) {
            throw new BadRequestException(
                    "The local model server keeps no results: x-synchronous and x-starting-token"
                            + " are not supported");
        }
        Job current = new Job(input);
        job = current;
        current.result()
                .thenAcceptAsync(responses::sendOutput, threads)
                .exceptionally(
                        t -> {
                            Throwable cause = t instanceof CompletionException ? t.getCause() : t;
                            responses.sendJobError(cause);
                            return null;
                        });
        pool.runJob(current);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        Job current = job;
        if (current != null) {
            current.cancel();
        }
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        logger.error("Connection failed", cause);
        context.close();
    }
}
