// Draws cards with `next/og`: reads {"card", "times"} from each line, answers {"ms", "bytes"}.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [next, cards] = process.argv.slice(2)
const require = createRequire(`${next}/package.json`)
const { ImageResponse } = await import(require.resolve('next/dist/compiled/@vercel/og/index.node.js'))

for await (const line of createInterface({ input: process.stdin })) {
  const { card, times } = JSON.parse(line)
  const { element, options } = JSON.parse(readFileSync(`${cards}/${card}.json`, 'utf8'))
  const { width, height } = options
  const ms = []
  let bytes = 0
  for (let time = 0; time < times; time++) {
    const begun = performance.now()
    bytes = (await new ImageResponse(element, { width, height }).arrayBuffer()).byteLength
    ms.push(performance.now() - begun)
  }
  console.log(JSON.stringify({ ms, bytes }))
}
