declare module '*.css'
declare module '*/emoji.json' {
  const table: readonly (readonly [string, string, string])[]
  export default table
}
