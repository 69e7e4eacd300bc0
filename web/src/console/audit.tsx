import type { AuditEntry } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { Table } from './table.tsx'
import { useConsole } from './tools.ts'

const pageSize = 50

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** What admins did, the newest first. */
export function AuditPage() {
  const { session, fail } = useConsole()
  const [entries, setEntries] = useState<readonly AuditEntry[]>([])
  const [more, setMore] = useState(false)
  const [filter, setFilter] = useState('')
  const load = async (before?: number): Promise<void> => {
    const page = await session.rest('audit', { query: { before, limit: pageSize } })
    setEntries((shown) => (before === undefined ? page.entries : [...shown, ...page.entries]))
    setMore(page.entries.length === pageSize)
  }
  useEffect(() => void load().catch(fail), [])
  const wanted = filter.trim().toLowerCase()
  const shown = entries.filter(({ by, act, on }) =>
    `${by} ${act} ${on}`.toLowerCase().includes(wanted),
  )
  return (
    <section class="card" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit trail</h2>
      <label>
        Show, of those loaded, only acts with
        <input
          type="search"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </label>
      {shown.length === 0 && <p class="nothing">No acts.</p>}
      {shown.length > 0 && (
        <Table label="Acts of admins" head={['When', 'Who', 'What', 'To whom', 'Details']}>
          {shown.map(({ id, at, by, act, on, details }) => (
            <tr key={id}>
              <td class="whole">
                <time dateTime={at}>{time.format(new Date(at))}</time>
              </td>
              <td>{by}</td>
              <td>{act}</td>
              <td>{on}</td>
              <td class="wide" dir="auto">
                {Object.entries(details ?? {})
                  .map(
                    ([name, value]) =>
                      `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
                  )
                  .join('; ')}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {more && (
        <button
          type="button"
          class="quiet"
          onClick={() => void load(entries.at(-1)?.id).catch(fail)}
        >
          Show older ones
        </button>
      )}
    </section>
  )
}
