/** Examples of frames by `client.TYPE` and `server.TYPE`: those of the protocol's manual. */
export const examples: ReadonlyMap<string, unknown> = new Map(
  Object.entries(
    import.meta.glob('../../../libs/protocol/fixtures/{client,server}/*.json', {
      eager: true,
      import: 'default',
    }),
  ).map(([path, frame]) => [
    path
      .split('/')
      .slice(-2)
      .join('.')
      .replace(/\.json$/, ''),
    frame,
  ]),
)
