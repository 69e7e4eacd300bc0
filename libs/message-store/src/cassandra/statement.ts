export interface Statement {
  cql: string
  params: readonly Param[]
}
export type Param =
  string | number | bigint | boolean | Uint8Array | readonly string[] | readonly bigint[]
