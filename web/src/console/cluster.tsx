import type { Cluster } from '@rookery/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { describe, useConsole } from './tools.ts'

const everyMs = 2_000
/** A server that has left is shown as gone for this long. */
const goneMs = 60_000

type ChatServer = Cluster['chatServers'][number]

/** The parts of the platform, live. */
export function ClusterPage() {
  const { session } = useConsole()
  const [cluster, setCluster] = useState<Cluster | null>(null)
  const [fault, setFault] = useState('')
  const [readAt, setReadAt] = useState<number | null>(null)
  const gone = useRef(new Map<string, { server: ChatServer; atMs: number }>())
  useEffect(() => {
    let isCurrent = true
    let known: readonly ChatServer[] = []
    const read = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return
      try {
        const next = await session.rest('cluster')
        if (!isCurrent) return
        const ids = new Set(next.chatServers.map(({ id }) => id))
        const now = performance.now()
        for (const server of known)
          if (!ids.has(server.id)) gone.current.set(server.id, { server, atMs: now })
        for (const [id, { atMs }] of gone.current)
          if (ids.has(id) || now - atMs > goneMs) gone.current.delete(id)
        known = next.chatServers
        setCluster(next)
        setReadAt(Date.now())
        setFault('')
      } catch (error) {
        if (isCurrent) setFault(describe(error))
      }
    }
    void read()
    const timer = setInterval(() => void read(), everyMs)
    return () => {
      isCurrent = false
      clearInterval(timer)
    }
  }, [])
  return (
    <>
      {fault !== '' && (
        <p class="warn" role="alert">
          {fault}
        </p>
      )}
      {cluster !== null && <Shown cluster={cluster} gone={[...gone.current.values()]} />}
      {readAt !== null && <small>As of {new Date(readAt).toLocaleTimeString()}.</small>}
    </>
  )
}

function Shown({ cluster, gone }: { cluster: Cluster; gone: readonly { server: ChatServer }[] }) {
  const { chatServers, brokers, partitions, presenceLeader, dependencies } = cluster
  const dispatchers = new Map<string, { partitions: number[]; lag: number }>()
  for (const { dispatcher, partition, lag } of partitions) {
    const name = dispatcher ?? 'nobody'
    const one = dispatchers.get(name) ?? { partitions: [], lag: 0 }
    one.partitions.push(partition)
    one.lag += lag ?? 0
    dispatchers.set(name, one)
  }
  return (
    <div class="cards">
      <Card title="Chat servers">
        <Table head={['Server', 'Address', 'Sockets', 'CPU', 'Loop delay', 'State']}>
          {chatServers.map((server) => (
            <tr key={server.id}>
              <td>{server.id}</td>
              <td>
                {server.host}:{server.port}
              </td>
              <td>{server.sockets}</td>
              <td>{server.cpu === undefined ? '–' : `${Math.round(server.cpu * 100)} %`}</td>
              <td>
                {server.eventLoopDelayMs === undefined
                  ? '–'
                  : `${server.eventLoopDelayMs.toFixed(1)} ms`}
              </td>
              <td class={server.draining ? 'bad' : 'ok'}>
                {server.draining ? 'draining' : 'serving'}
              </td>
            </tr>
          ))}
          {gone.map(({ server }) => (
            <tr key={server.id} class="gone">
              <td>{server.id}</td>
              <td>
                {server.host}:{server.port}
              </td>
              <td colSpan={3} />
              <td>gone</td>
            </tr>
          ))}
        </Table>
      </Card>
      <Card title="Dispatchers">
        <Table head={['Dispatcher', 'Partitions', 'Lag']}>
          {[...dispatchers].map(([name, { partitions: owned, lag }]) => (
            <tr key={name}>
              <td class={name === 'nobody' ? 'bad' : ''}>{name}</td>
              <td>{owned.join(', ')}</td>
              <td class={lag > 1_000 ? 'bad' : ''}>{lag}</td>
            </tr>
          ))}
        </Table>
      </Card>
      <Card title="Brokers and partitions">
        <Table head={['Broker', 'Address', 'Part']}>
          {brokers.map(({ id, host, controller }) => (
            <tr key={id}>
              <td>{id}</td>
              <td>{host}</td>
              <td>{controller ? 'controller' : ''}</td>
            </tr>
          ))}
        </Table>
        <Table head={['Partition', 'Leader', 'In sync', 'Lag']}>
          {partitions.map(({ partition, leader, inSync, lag }) => (
            <tr key={partition}>
              <td>{partition}</td>
              <td>{leader}</td>
              <td>{inSync.join(', ')}</td>
              <td>{lag ?? '–'}</td>
            </tr>
          ))}
        </Table>
      </Card>
      <Card title="Engines and presence">
        <Table head={['Engine', 'State']}>
          {Object.entries(dependencies).map(([name, { ok, error }]) => (
            <tr key={name}>
              <td>{name}</td>
              <td class={ok ? 'ok' : 'bad'}>{ok ? 'answers' : (error ?? 'does not answer')}</td>
            </tr>
          ))}
        </Table>
        <p>
          Presence leader: <b>{presenceLeader ?? 'none'}</b>
        </p>
      </Card>
    </div>
  )
}

function Card({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

export function Table({
  head,
  children,
}: {
  head: readonly string[]
  children: preact.ComponentChildren
}) {
  return (
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
