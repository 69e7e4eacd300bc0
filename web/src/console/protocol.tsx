import { useEffect, useState } from 'preact/hooks'
import { type Field, type Frame, framesOf } from './frames.ts'
import { LiveSocket } from './live-socket.tsx'
import { Table } from './table.tsx'
import { useConsole } from './tools.ts'

const sides = [
  ['client.', 'Client → server'],
  ['server.', 'Server → client'],
] as const

/** Every frame of the socket, from the server's own document, and a socket to try them on. */
export function ProtocolPage() {
  const { fail } = useConsole()
  const [frames, setFrames] = useState<readonly Frame[]>([])
  const [chosen, setChosen] = useState('client.chat_message')
  const [text, setText] = useState('')
  useEffect(() => {
    fetch('/asyncapi.json')
      .then((answer) => answer.json())
      .then((document: unknown) => setFrames(framesOf(document)))
      .catch(fail)
  }, [])
  const frame = frames.find(({ key }) => key === chosen)
  useEffect(() => {
    if (frame?.key.startsWith('client.') === true && frame.example !== undefined)
      setText(indented(frame.example))
  }, [frame])
  return (
    <>
      <section class="card" aria-labelledby="frames-title">
        <h2 id="frames-title">Frames</h2>
        <label>
          Frame
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {sides.map(([prefix, label]) => (
              <optgroup key={prefix} label={label}>
                {frames
                  .filter(({ key }) => key.startsWith(prefix))
                  .map(({ key, type }) => (
                    <option key={key} value={key}>
                      {type}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        {frame !== undefined && <FrameDetails frame={frame} />}
      </section>
      <LiveSocket text={text} onText={setText} />
    </>
  )
}

function FrameDetails({ frame }: { frame: Frame }) {
  const { type, answers, fields, objects, example } = frame
  return (
    <>
      {answers.length > 0 && (
        <p>
          Answered by{' '}
          {answers.map((answer, index) => (
            <>
              {index > 0 && ' or '}
              <code>{answer}</code>
            </>
          ))}
          .
        </p>
      )}
      <Fields label={`Fields of ${type}`} fields={fields} />
      {example !== undefined && (
        <details open>
          <summary>Example</summary>
          <pre class="code" tabIndex={0}>
            {indented(example)}
          </pre>
        </details>
      )}
      {objects.map(({ name, fields: inner }) =>
        inner.length === 0 ? null : (
          <details key={name}>
            <summary>{name}</summary>
            <Fields label={`Fields of ${name}`} fields={inner} />
          </details>
        ),
      )}
    </>
  )
}

function Fields({ label, fields }: { label: string; fields: readonly Field[] }) {
  return (
    <Table label={label} head={['Field', 'Type and limits', 'Required', 'Meaning']}>
      {fields.map(({ path, type, isRequired, description }) => (
        <tr key={path}>
          <td>
            <code>{path}</code>
          </td>
          <td>{type}</td>
          <td>{isRequired ? 'yes' : ''}</td>
          <td class="wide">{description}</td>
        </tr>
      ))}
    </Table>
  )
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
