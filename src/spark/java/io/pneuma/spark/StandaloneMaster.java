package io.pneuma.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.DeployMessages;
import org.apache.spark.deploy.master.WorkerInfo;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag$;

/** The master of a standalone cluster, or several of which one leads. */
final class StandaloneMaster {
  private static final Logger LOG = LoggerFactory.getLogger(StandaloneMaster.class);
  private static final Pattern PLACE = Pattern.compile("([^,/]+):(\\d+)");
  private static final int CONNECT_MILLIS = 10_000;

  private final List<InetSocketAddress> places = new ArrayList<>();

  /** By a name such as {@code spark://HOST:PORT}; of other clusters there is none. */
  StandaloneMaster(String name) {
    if (name.startsWith("spark://")) {
      Matcher place = PLACE.matcher(name.substring("spark://".length()));
      while (place.find()) {
        places.add(new InetSocketAddress(place.group(1), Integer.parseInt(place.group(2))));
      }
    }
  }

  /** Whether one of them answers, or there is none that could be asked. */
  boolean answers() {
    return places.isEmpty() || places.stream().anyMatch(StandaloneMaster::answers);
  }

  private static boolean answers(InetSocketAddress place) {
    try (Socket socket = new Socket()) {
      socket.connect(place, CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      LOG.info("{}: {}", place, e.toString());
      return false;
    }
  }

  /**
   * Tasks that can be at work at a time once all executors have come that this application may get;
   * empty where that cannot be told, as where it shares the cluster.
   */
  OptionalInt tasks(SparkConf conf) {
    for (InetSocketAddress place : places) {
      try {
        RpcEndpointRef master =
            SparkEnv.get()
                .rpcEnv()
                .setupEndpointRef(new RpcAddress(place.getHostString(), place.getPort()), "Master");
        DeployMessages.MasterStateResponse state =
            master.askSync(
                DeployMessages.RequestMasterState$.MODULE$,
                ClassTag$.MODULE$.apply(DeployMessages.MasterStateResponse.class));
        return state.activeApps().length == 1
            ? OptionalInt.of(tasks(conf, state.workers()))
            : OptionalInt.empty();
      } catch (Exception e) { // Scala throws what it does not declare.
        LOG.info("{}: {}", place, e.toString());
      }
    }
    return OptionalInt.empty();
  }

  private static int tasks(SparkConf conf, WorkerInfo[] workers) {
    int each = conf.getInt("spark.task.cpus", 1);
    int memory = (int) conf.getSizeAsMb("spark.executor.memory");
    int left = conf.getInt("spark.cores.max", Integer.MAX_VALUE);
    int tasks = 0;
    for (WorkerInfo worker : workers) {
      if (worker.memory() >= memory) {
        int cores = Math.min(worker.cores(), left);
        int executor = conf.getInt("spark.executor.cores", Math.max(1, cores));
        tasks += cores / executor * (executor / each);
        left -= cores / executor * executor;
      }
    }
    LOG.info("{} workers, {} tasks", Arrays.asList(workers).size(), tasks);
    return tasks;
  }
}
