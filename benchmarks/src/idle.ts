import { residentBytes } from './figures.ts'
import { User } from './user.ts'

/** Measures idle connections: resident memory per connection, with users in no channel. */
export async function runIdle(
  server: string,
  metrics: readonly string[],
  connections: number,
): Promise<string[]> {
  const stamp = Date.now().toString(36)
  const users: User[] = []
  const open = async (count: number): Promise<void> => {
    const from = users.length
    for (let i = 0; i < count; i += 20)
      users.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(20, count - i) }, (_, k) =>
            User.connect(server, `i${stamp}-${from + i + k}`),
          ),
        )),
      )
  }
  const settled = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    return residentBytes(metrics)
  }
  // The first connections pay for code and buffers that all connections share.
  await open(200)
  const before = await settled()
  await open(connections)
  const after = await settled()
  for (const user of users) user.close()
  return [
    `${connections} idle connections`,
    `  ${((after - before) / connections / 1024).toFixed(1)} KiB of resident memory each (${(after / 1048576).toFixed(0)} MiB in all)`,
  ]
}
