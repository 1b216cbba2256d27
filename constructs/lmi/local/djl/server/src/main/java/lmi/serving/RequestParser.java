package lmi.serving;

import ai.djl.modality.Input;
import ai.djl.util.Utils;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Turns a request into the input of a handler: headers become properties, query parameters and form
 * fields become contents, and any other body becomes the content {@code data}.
 */
final class RequestParser {

    private static final String CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes";

    private final ConfigManager config;

    RequestParser(ConfigManager config) {
        this.config = config;
    }

    /**
     * Returns the input.
     *
     * @throws BadRequestException if the request names the handler function to call
     */
    Input parse(FullHttpRequest request, QueryStringDecoder query) {
        Input input = new Input();
        query.parameters().forEach((key, values) -> values.forEach(v -> input.add(key, v)));
        addHeaders(request, input);
        CharSequence mimeType = HttpUtil.getMimeType(request);
        if (HttpPostRequestDecoder.isMultipart(request)
                || HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED.contentEqualsIgnoreCase(
                        mimeType)) {
            addForm(request, input);
        } else {
            input.add("data", ByteBufUtil.getBytes(request.content()));
        }
        if (input.getProperties().containsKey("handler")
                && DjlVersion.isAtLeast("0.25.0")
                && !Boolean.parseBoolean(
                        Utils.getEnvOrSystemProperty("ALLOW_REQUEST_HANDLER_OVERRIDE"))) {
            throw new BadRequestException("The handler can't be overridden in a request");
        }
        return input;
    }

    private static void addHeaders(FullHttpRequest request, Input input) {
        boolean modern = DjlVersion.isAtLeast("0.25.0");
        for (Map.Entry<String, String> header : request.headers().entries()) {
            String name = header.getKey();
            if (modern && CUSTOM_ATTRIBUTES.equalsIgnoreCase(name)) {
                for (String attribute : header.getValue().split(";")) {
                    String[] pair = attribute.split("=", 2);
                    if (pair.length == 2) {
                        input.addProperty(pair[0].trim(), pair[1].trim());
                    }
                }
            } else if (modern || !HttpHeaderNames.CONTENT_TYPE.contentEqualsIgnoreCase(name)) {
                input.addProperty(name, header.getValue());
            }
        }
        CharSequence mimeType = HttpUtil.getMimeType(request);
        if (!modern && mimeType != null) {
            // In 0.20 the handler sees the type without its parameters, such as a charset.
            input.addProperty("content-type", mimeType.toString());
        }
    }

    private void addForm(FullHttpRequest request, Input input) {
        DefaultHttpDataFactory factory = new DefaultHttpDataFactory(config.maxRequestSize());
        HttpPostRequestDecoder form =
                new HttpPostRequestDecoder(factory, request, StandardCharsets.UTF_8, -1, -1);
        try {
            while (form.hasNext()) {
                add(form.next(), input);
            }
        } catch (HttpPostRequestDecoder.EndOfDataDecoderException e) {
            // netty's way to say that there is no further field.
            return;
        } finally {
            form.cleanFiles();
            form.destroy();
        }
    }

    private static void add(InterfaceHttpData field, Input input) {
        try {
            if (field instanceof Attribute) {
                byte[] value = ((Attribute) field).getValue().getBytes(StandardCharsets.UTF_8);
                input.add(field.getName(), value);
            } else if (field instanceof FileUpload) {
                input.add(field.getName(), ((FileUpload) field).get());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
