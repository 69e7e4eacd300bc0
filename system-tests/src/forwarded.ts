import { request } from 'node:http'
import type { Body } from './rest.ts'
import { edge } from './world.ts'

/** Sends a POST as a trusted proxy does, for a client at another address. */
export async function postFor(
  client: string,
  url: string,
  body: unknown,
): Promise<{ status: number; body: Body }> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request({
      hostname,
      port,
      path: pathname,
      method: 'POST',
      localAddress: edge.proxy,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': client },
      agent: false,
    })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Body }),
      )
    })
    asked.end(JSON.stringify(body))
  })
}
