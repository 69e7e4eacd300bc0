import type { Cluster } from '@rookery/protocol'
import { type ComponentChildren, Fragment } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Table } from './table.tsx'
import { describe, isRefusal, useConsole } from './tools.ts'
import { useRepeated } from './use-repeated.ts'
import { Vanished } from './vanished.ts'

const everyMs = 2_000
/** A dispatcher that is this many records behind is shown as late. */
const lateRecords = 1_000

const percent = new Intl.NumberFormat(undefined, { style: 'percent' })
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** The parts of the platform, live. */
export function ClusterPage() {
  const { session } = useConsole()
  const [cluster, setCluster] = useState<Cluster | null>(null)
  const [fault, setFault] = useState('')
  const [readAt, setReadAt] = useState<number | null>(null)
  const [vanished] = useState(() => new Vanished())
  const isRefused = useRef(false)
  useRepeated(async () => {
    if (document.visibilityState !== 'visible' || isRefused.current) return
    try {
      const next = await session.rest('cluster')
      vanished.note(next, performance.now())
      setCluster(next)
      setReadAt(Date.now())
      setFault('')
    } catch (error) {
      isRefused.current = isRefusal(error)
      setFault(describe(error))
    }
  }, everyMs)
  return (
    <>
      {fault !== '' && (
        <p class="warn" role="alert">
          {fault}
        </p>
      )}
      {cluster !== null && (
        <div class={fault === '' ? 'cards' : 'cards stale'}>
          <ChatServers cluster={cluster} vanished={vanished} />
          <Dispatchers cluster={cluster} vanished={vanished} />
          <Engines cluster={cluster} vanished={vanished} />
          <Brokers cluster={cluster} vanished={vanished} />
        </div>
      )}
      {readAt !== null && <small>As of {time.format(readAt)}.</small>}
    </>
  )
}

interface Shown {
  readonly cluster: Cluster
  readonly vanished: Vanished
}

function ChatServers({ cluster: { chatServers }, vanished }: Shown) {
  return (
    <Card title="Chat servers" isWide>
      <Table
        label="Chat servers and their load"
        head={['Server', 'State', 'Sockets', 'CPU', 'Loop delay', 'Address']}
      >
        {chatServers.map((server) => (
          <tr key={server.id}>
            <td>{server.id}</td>
            <td>
              <State is={server.draining ? 'bad' : 'ok'}>
                {server.draining ? 'draining' : 'serving'}
              </State>
            </td>
            <td>{server.sockets}</td>
            <td>{server.cpu === undefined ? '–' : percent.format(server.cpu)}</td>
            <td>
              {server.eventLoopDelayMs === undefined
                ? '–'
                : `${server.eventLoopDelayMs.toFixed(1)}\u00a0ms`}
            </td>
            <td>
              {server.host}:{server.port}
            </td>
          </tr>
        ))}
        <Gone ids={vanished.of('chatServer')} columns={6} />
      </Table>
    </Card>
  )
}

function Dispatchers({ cluster: { partitions }, vanished }: Shown) {
  const dispatchers = new Map<string | null, Cluster['partitions']>()
  for (const partition of partitions) {
    const owned = dispatchers.get(partition.dispatcher) ?? []
    dispatchers.set(partition.dispatcher, [...owned, partition])
  }
  return (
    <Card title="Dispatchers">
      <Table label="Dispatchers and their lag" head={['Dispatcher', 'State', 'Partitions', 'Lag']}>
        {[...dispatchers].map(([id, owned]) => {
          const lag = owned.reduce<number | null>(
            (sum, { lag: one }) => (one === null || sum === null ? null : sum + one),
            0,
          )
          const isLate = lag !== null && lag > lateRecords
          return (
            <tr key={id}>
              <td>{id ?? 'none'}</td>
              <td>
                <State is={id === null || isLate ? 'bad' : 'ok'}>
                  {id === null ? 'not dispatched' : isLate ? 'late' : 'working'}
                </State>
              </td>
              <td>{owned.map(({ partition }) => partition).join(', ')}</td>
              <td>{lag ?? 'not known'}</td>
            </tr>
          )
        })}
        <Gone ids={vanished.of('dispatcher')} columns={4} />
      </Table>
    </Card>
  )
}

function Brokers({ cluster: { brokers, partitions }, vanished }: Shown) {
  return (
    <Card title="Brokers and partitions" isWide>
      {brokers.length === 0 && <p class="warn">The log does not answer: nothing is known of it.</p>}
      <Table label="Brokers" head={['Broker', 'State', 'Address']}>
        {brokers.map(({ id, host, controller }) => (
          <tr key={id}>
            <td>{id}</td>
            <td>
              <State is="ok">{controller ? 'controller' : 'working'}</State>
            </td>
            <td>{host}</td>
          </tr>
        ))}
        <Gone ids={vanished.of('broker')} columns={3} />
      </Table>
      <Table label="Partitions" head={['Partition', 'Leader', 'In sync', 'Dispatcher', 'Lag']}>
        {partitions.map(({ partition, leader, inSync, dispatcher, lag }) => (
          <tr key={partition}>
            <td>{partition}</td>
            <td>{leader}</td>
            <td>{inSync.join(', ')}</td>
            <td>{dispatcher ?? 'none'}</td>
            <td>{lag ?? 'not known'}</td>
          </tr>
        ))}
      </Table>
    </Card>
  )
}

function Engines({ cluster: { dependencies, presenceLeader }, vanished }: Shown) {
  return (
    <Card title="Engines and presence">
      <Table label="Engines" head={['Engine', 'State']}>
        {Object.entries(dependencies).map(([name, { ok, error }]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>
              <State is={ok ? 'ok' : 'bad'}>{ok ? 'answers' : (error ?? 'does not answer')}</State>
            </td>
          </tr>
        ))}
      </Table>
      <Table label="Presence" head={['Presence leader', 'State']}>
        <tr>
          <td>{presenceLeader ?? 'none'}</td>
          <td>
            <State is={presenceLeader === null ? 'bad' : 'ok'}>
              {presenceLeader === null ? 'not elected' : 'leads'}
            </State>
          </td>
        </tr>
        <Gone ids={vanished.of('presence')} columns={2} />
      </Table>
    </Card>
  )
}

/** Rows of parts that were there and are gone. */
function Gone({ ids, columns }: { ids: readonly string[]; columns: number }) {
  return (
    <Fragment>
      {ids.map((id) => (
        <tr key={`gone ${id}`} class="gone">
          <td>{id}</td>
          <td>
            <State is="bad">gone</State>
          </td>
          {columns > 2 && <td colSpan={columns - 2} />}
        </tr>
      ))}
    </Fragment>
  )
}

function State({ is, children }: { is: 'ok' | 'bad'; children: ComponentChildren }) {
  return <span class={`state ${is}`}>{children}</span>
}

function Card({
  title,
  isWide = false,
  children,
}: {
  title: string
  isWide?: boolean
  children: ComponentChildren
}) {
  return (
    <section class={isWide ? 'card full' : 'card'} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
