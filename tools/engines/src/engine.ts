export const engineNames = ['kafka', 'zookeeper', 'cassandra', 'redis', 'mariadb'] as const
export type EngineName = (typeof engineNames)[number]

/** The addresses of each engine, in the variables that the services read. */
export interface VariablesByEngine {
  kafka: { KAFKA_BROKERS: string }
  zookeeper: { ZOOKEEPER_CONNECT: string }
  cassandra: {
    CASSANDRA_CONTACT_POINTS: string
    CASSANDRA_LOCAL_DATACENTER: string
    CASSANDRA_KEYSPACE: string
  }
  redis: { REDIS_URL: string }
  mariadb: { MYSQL_URL: string }
}
type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never
export type EngineVariables<Name extends EngineName> = AllOf<VariablesByEngine[Name]>

export interface Place {
  /** The engine's own folder, which exists. */
  folder: string
  /** As many ports as the engine asks for. They were free a moment ago. */
  ports: readonly number[]
  /**
   * For one of several nodes that form a cluster: all of them. The others ask the first to let them
   * join.
   */
  nodes?: { readonly own: number; readonly all: readonly Node[] } | undefined
  /**
   * True for a test. A JVM then runs without its slow compiler, which saves a third of the start
   * and costs speed later.
   */
  shortLived: boolean
}

/** One of several nodes of an engine. */
export interface Node {
  readonly host: string
  readonly ports: readonly number[]
}

/** The way to run one engine on loopback. */
export interface Engine<Name extends EngineName = EngineName> {
  readonly name: Name
  readonly portCount: number
  /**
   * Writes the configuration, creates the data folder if it is missing, and returns the command
   * line.
   */
  command(place: Place): Promise<string[]>
  /** Resolves when the engine answers a question in its own protocol. Rejects while it does not. */
  probe(place: Place): Promise<void>
  variables(place: Place): VariablesByEngine[Name]
}
