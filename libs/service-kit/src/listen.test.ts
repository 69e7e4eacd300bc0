import { describe, expect, it, jest } from '@jest/globals'
import { type AddressInfo, createServer } from 'node:net'
import { listen } from './listen.ts'

describe('listen', () => {
  it('asks the kernel to keep 4,096 connections ready, not Node’s 511', async () => {
    const server = createServer()
    const asked = jest.spyOn(server, 'listen')
    await listen(server, { host: '127.0.0.1', port: 0 })
    expect(asked.mock.calls[0]?.[0]).toMatchObject({ backlog: 4_096 })
    await new Promise((resolve) => server.close(resolve))
  })

  it('rejects with EADDRINUSE if the port is in use', async () => {
    const first = createServer()
    await listen(first, { host: '127.0.0.1', port: 0 })
    const { port } = first.address() as AddressInfo
    await expect(listen(createServer(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    await new Promise((resolve) => first.close(resolve))
  })
})
