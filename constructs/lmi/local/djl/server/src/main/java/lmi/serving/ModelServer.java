package lmi.serving;

import ai.djl.engine.Engine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the models of a model store and serves them on the loopback address.
 *
 * <p>As in the container, the port opens when all models are loaded, and a model that does not load
 * ends the process with status 1.
 *
 * <pre>
 * ModelServer --model-store FOLDER [--port N] [--port-file FILE] [--exit-at-eof]
 * ModelServer --unpack-engine
 * </pre>
 *
 * <p>Port 0 takes a free one. The port in use is written to the port file once it is open. With
 * {@code --exit-at-eof} the server ends when its standard input does, hence with its parent.
 * {@code --unpack-engine} only lets DJL unpack its Python package into ENGINE_CACHE_DIR.
 */
public final class ModelServer {

    private static final Logger logger = LoggerFactory.getLogger(ModelServer.class);

    private final ConfigManager config;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "worker");
                        thread.setDaemon(true);
                        return thread;
                    });

    private ModelServer(ConfigManager config) {
        this.config = config;
    }

    /** Runs the server until it is told to end. */
    public static void main(String[] arguments) {
        try {
            Arguments parsed = Arguments.parse(arguments);
            if (parsed.unpackEngine()) {
                Engine.getEngine("Python");
                return;
            }
            Runtime.getRuntime().addShutdownHook(new Thread(ModelServer::endPython));
            if (parsed.exitAtEof()) {
                exitAtEof();
            }
            logger.info("Starting model server, DJL {}", Engine.getDjlVersion());
            new ModelServer(new ConfigManager(System.getenv())).run(parsed);
        } catch (Throwable t) {
            logger.error("Model server failed", t);
            System.exit(1);
        }
    }

    private void run(Arguments arguments) throws Exception {
        Map<String, WorkerPool> models = new LinkedHashMap<>();
        for (ModelInfo model : new ModelStore(arguments.modelStore(), config).models()) {
            WorkerPool pool = new WorkerPool(model, threads);
            if (models.put(model.name(), pool) != null) {
                throw new IllegalArgumentException(
                        "Workflow " + model.name() + " is already registered.");
            }
            pool.initWorkers();
        }
        if (models.isEmpty()) {
            logger.warn("No model found in {}", arguments.modelStore());
        }
        EventLoopGroup group = new NioEventLoopGroup(2);
        try {
            Channel channel = bind(group, arguments.port(), models);
            int port = ((InetSocketAddress) channel.localAddress()).getPort();
            logger.info("BOTH API bind to: http://127.0.0.1:{}", port);
            if (arguments.portFile() != null) {
                write(arguments.portFile(), port);
            }
            channel.closeFuture().sync();
        } finally {
            group.shutdownGracefully();
        }
    }

    private Channel bind(EventLoopGroup group, int port, Map<String, WorkerPool> models)
            throws InterruptedException {
        ChannelInitializer<Channel> connection =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(config.maxRequestSize(), true))
                                .addLast(new InferenceRequestHandler(models, config, threads));
                    }
                };
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childHandler(connection)
                .bind(InetAddress.getLoopbackAddress(), port)
                .sync()
                .channel();
    }

    private static void write(Path file, int port) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.writeString(partial, port + "\n");
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void exitAtEof() {
        Thread watcher =
                new Thread(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    continue;
                                }
                            } catch (IOException e) {
                                logger.warn("Standard input failed", e);
                            }
                            logger.info("Standard input ended, model server ends");
                            System.exit(0);
                        },
                        "exit-at-eof");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Also ends a Python process that is still loading, which DJL hands to nobody. */
    private static void endPython() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }
}
