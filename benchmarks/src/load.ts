import { cpuSeconds, Figures } from './figures.ts'
import { User } from './user.ts'

export interface Load {
  server: string
  metrics: readonly string[]
  rooms: number
  members: number
  /** Messages a second, over all rooms. */
  rate: number
  seconds: number
  /**
   * Measurements one after another on the same rooms. The first ones pay for compilers and caches.
   */
  rounds: number
}
interface Rooms {
  users: User[]
  channels: string[]
}

const warmUpSeconds = 2

/**
 * A steady load on rooms of equal size. It measures the time from a send to its ack, and until each
 * other member sees it.
 */
export async function runLoad(load: Load): Promise<string[]> {
  const { server, rooms, members, rate, seconds, rounds } = load
  const room = await fill(server, rooms, members)
  const lines = [`${rooms} rooms of ${members}, ${rate} messages/s for ${seconds} s`]
  for (let round = 1; round <= rounds; round += 1) {
    if (rounds > 1) lines.push(`  round ${round}:`)
    lines.push(...(await measure(load, room)))
  }
  for (const user of room.users) user.close()
  return lines
}

async function fill(server: string, rooms: number, members: number): Promise<Rooms> {
  const stamp = Date.now().toString(36)
  const users: User[] = []
  const all = rooms * members
  for (let i = 0; i < all; i += 20)
    users.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(20, all - i) }, (_, k) =>
          User.connect(server, `b${stamp}-${i + k}`),
        ),
      )),
    )
  const channels: string[] = []
  for (let room = 0; room < rooms; room += 1) {
    const [owner, ...others] = users.slice(room * members, (room + 1) * members)
    if (owner === undefined) continue
    const name = `bench ${stamp} ${room}`
    const created = await owner.request({ type: 'create_channel', kind: 'public', name })
    const { channelId = '' } = created
    channels.push(channelId)
    for (let i = 0; i < others.length; i += 50)
      await Promise.all(
        others.slice(i, i + 50).map((user) => user.request({ type: 'join_channel', channelId })),
      )
  }
  return { users, channels }
}

async function measure(
  { metrics, rooms, members, rate, seconds }: Load,
  { users, channels }: Rooms,
): Promise<string[]> {
  const stamp = Date.now().toString(36)
  const acks = new Figures()
  const views = new Figures()
  const sentAt = new Map<string, number>()
  let measuring = false
  let refused = 0
  for (const user of users)
    user.onFrame = (frame) => {
      if (frame.type !== 'chat_message' || !measuring) return
      const at = sentAt.get(frame.content ?? '')
      if (at !== undefined) views.add(performance.now() - at)
    }

  let sent = 0
  const send = (): void => {
    const room = sent % rooms
    const user = users[room * members + (Math.floor(sent / rooms) % members)]
    const content = `${stamp}-${sent}`
    sent += 1
    const at = performance.now()
    if (measuring) sentAt.set(content, at)
    void user
      ?.request({ type: 'chat_message', channelId: channels[room] ?? '', content })
      .then((answer) => {
        if (!sentAt.has(content)) return
        if (answer.type === 'message_ack') acks.add(performance.now() - at)
        else refused += 1
      })
  }
  const started = performance.now()
  const until = async (second: number): Promise<void> => {
    while (performance.now() - started < second * 1000) {
      const due = Math.floor(((performance.now() - started) / 1000) * rate)
      while (sent < due) send()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  await until(warmUpSeconds)
  measuring = true
  const cpuBefore = await cpuSeconds(metrics)
  await until(warmUpSeconds + seconds)
  const stopped = performance.now()
  const expected = sentAt.size * members
  while (acks.count + refused < sentAt.size && performance.now() - stopped < 20_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const drainedMs = performance.now() - stopped
  await new Promise((resolve) => setTimeout(resolve, 300))
  const cpu = (await cpuSeconds(metrics)) - cpuBefore
  return [
    `  send → ack: ${acks.toString()}`,
    `  send → shown: ${views.toString()}`,
    `  shown ${views.count} of ${expected}, refused ${refused}, last ack ${drainedMs.toFixed(0)} ms after the last send`,
    `  server CPU ${((cpu / seconds) * 100).toFixed(0)} % of a core, ${((cpu * 1e6) / Math.max(1, views.count)).toFixed(1)} µs per delivery, ${((cpu * 1e6) / Math.max(1, acks.count)).toFixed(0)} µs per message`,
  ]
}
