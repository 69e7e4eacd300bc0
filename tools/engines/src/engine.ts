export const engineNames = ['kafka', 'zookeeper', 'cassandra', 'redis', 'mariadb'] as const
export type EngineName = (typeof engineNames)[number]

/** Where each engine is, in the variables that the services read. */
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
  /** The engine's own, exists already. */
  folder: string
  /** As many as the engine asks for, free a moment ago. */
  ports: readonly number[]
  /**
   * When it is one of several that form a cluster: all of them, the first is asked to join by the
   * others.
   */
  nodes?: { readonly own: number; readonly all: readonly Node[] } | undefined
  /**
   * It runs for a test only: a JVM then does without its slow compiler, which saves a third of the
   * start and costs speed later.
   */
  shortLived: boolean
}

/** One of several of an engine. */
export interface Node {
  readonly host: string
  readonly ports: readonly number[]
}

/** How one engine is run on loopback. */
export interface Engine<Name extends EngineName = EngineName> {
  readonly name: Name
  readonly portCount: number
  /**
   * Writes its configuration, makes its data folder if missing, and answers the command line to
   * run.
   */
  command(place: Place): Promise<string[]>
  /** Resolves when it serves: asks it something in its own protocol. Rejects while it does not. */
  probe(place: Place): Promise<void>
  variables(place: Place): VariablesByEngine[Name]
}
