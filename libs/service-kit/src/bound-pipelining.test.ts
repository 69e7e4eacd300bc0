import { afterEach, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { boundPipelining } from './bound-pipelining.ts'

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
let server: Server
let client: Socket
afterEach(async () => {
  client.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function start(
  answer: (response: ServerResponse) => void,
): Promise<{ handled: () => number }> {
  let handled = 0
  server = createServer((_request, response) => {
    handled += 1
    answer(response)
  })
  boundPipelining(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  return { handled: () => handled }
}

it('cuts a client that sends more than 20 requests and reads no answer', async () => {
  const { handled } = await start(() => undefined)
  client.write(request.repeat(1_700))
  await once(client, 'close')
  expect(handled()).toBe(20)
})

it('answers 20 pipelined requests, and 20 more afterwards', async () => {
  const { handled } = await start((response) => response.end('x'))
  let text = ''
  client.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')))
  for (const expected of [20, 40]) {
    client.write(request.repeat(20))
    while (text.split('HTTP/1.1 200').length <= expected) await once(client, 'data')
  }
  expect(handled()).toBe(40)
})
