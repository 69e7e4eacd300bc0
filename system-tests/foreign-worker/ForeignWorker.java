import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * A worker written from the description of the tree alone, with the stock clients and the habits of
 * old workers. It waits for an answer with one watch. It reads its inbox from the start, 500
 * records at most, in a consumer group named like itself. It does not close its ZooKeeper session.
 *
 * Usage: ForeignWorker ID ZOOKEEPER KAFKA ROOT, then one command a line: enroll, online, list,
 * write TO TEXT, read, quit, exit. After `compression CODEC` its records are compressed. After
 * `nameless` they have no key. `forget KIND` makes a request and removes it right away.
 */
public final class ForeignWorker {
    private static final int SESSION_MS = 4000;
    private static final int MOST_RECORDS = 500;

    private final String id;
    private final String kafka;
    private final String root;
    private final ZooKeeper tree;
    private String compression = "none";
    private boolean nameless;

    private ForeignWorker(String id, String zookeeper, String kafka, String root) throws Exception {
        this.id = id;
        this.kafka = kafka;
        this.root = root.equals("/") ? "" : root;
        CountDownLatch connected = new CountDownLatch(1);
        tree = new ZooKeeper(zookeeper, SESSION_MS, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) connected.countDown();
        });
        if (!connected.await(10, TimeUnit.SECONDS)) throw new IllegalStateException("no ZooKeeper");
    }

    public static void main(String[] args) throws Exception {
        ForeignWorker worker = new ForeignWorker(args[0], args[1], args[2], args[3]);
        BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 3);
            switch (words[0]) {
                case "enroll" -> System.out.println("enroll " + worker.request("enroll"));
                case "quit" -> System.out.println("quit " + worker.request("quit"));
                case "online" -> worker.goOnline();
                case "list" -> System.out.println("list " + String.join(" ", worker.online()));
                case "write" -> worker.write(words[1], words[2]);
                case "read" -> worker.read();
                case "compression" -> worker.compression = words[1];
                case "nameless" -> worker.nameless = true;
                case "forget" -> worker.forget(words[1]);
                // The ZooKeeper session is left to time out.
                case "exit" -> Runtime.getRuntime().halt(0);
                default -> System.out.println("error " + line);
            }
        }
    }

    private String request(String kind) throws Exception {
        String path = root + "/request/" + kind + "/" + id;
        tree.create(path, "-1".getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        CountDownLatch changed = new CountDownLatch(1);
        byte[] data = tree.getData(path, event -> changed.countDown(), null);
        if (new String(data).equals("-1")) {
            if (!changed.await(20, TimeUnit.SECONDS)) throw new IllegalStateException("no answer");
            data = tree.getData(path, false, null);
        }
        tree.delete(path, -1);
        return new String(data);
    }

    private void forget(String kind) throws Exception {
        String path = root + "/request/" + kind + "/" + id;
        tree.create(path, "-1".getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        tree.delete(path, -1);
        System.out.println("forgotten");
    }

    private void goOnline() throws Exception {
        if (tree.exists(root + "/registry/" + id, false) == null) {
            System.out.println("online no");
            return;
        }
        tree.create(
            root + "/online/" + id, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        System.out.println("online yes");
    }

    private List<String> online() throws Exception {
        return tree.getChildren(root + "/online", false);
    }

    private void write(String to, String text) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", kafka);
        properties.put("acks", "all");
        properties.put("compression.type", compression);
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            producer.send(new ProducerRecord<>(to, nameless ? null : id, text)).get(20, TimeUnit.SECONDS);
        }
        System.out.println("written");
    }

    @SuppressWarnings("deprecation")
    private void read() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", kafka);
        properties.put("group.id", id);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("max.poll.records", String.valueOf(MOST_RECORDS));
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(id));
            long end = System.currentTimeMillis() + 10_000;
            while (records.isEmpty() && System.currentTimeMillis() < end)
                consumer.poll(500).forEach(records::add);
        }
        for (ConsumerRecord<String, String> record : records)
            System.out.println("record " + record.key() + ": " + record.value());
        System.out.println("read " + records.size());
    }
}
