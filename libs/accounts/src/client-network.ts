import { isIPv6 } from 'node:net'

/**
 * The network by which limits per address count a client: an IPv4 address, or the /64 network of an
 * IPv6 address, because one client can use all 2^64 addresses of it. An IPv4 address written as
 * IPv6 (`::ffff:192.0.2.1`) counts as the IPv4 address.
 */
export function clientNetwork(address: string): string {
  const [unscoped = ''] = address.split('%')
  if (!isIPv6(unscoped)) return address
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(unscoped) ?? []
  if (mapped !== undefined) return mapped
  const [left = '', right] = unscoped.split('::')
  const before = groupsOf(left)
  // A dotted tail (`::192.0.2.1`) stands for two groups. They are cut off, so any value will do.
  const after = right === undefined ? [] : groupsOf(right)
  const zeros = right === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  const network = groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':').flatMap((one) => (one.includes('.') ? ['0', '0'] : one))
}
