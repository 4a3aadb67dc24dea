// Writes a sitemap with Next.js's own function: prints {"ms", "bytes", "before", "peak"}, memory in bytes.
import { createRequire } from 'node:module'

const [next, urls, times] = process.argv.slice(2)
const require = createRequire(`${next}/package.json`)
const { resolveRouteData } = require('next/dist/build/webpack/loaders/metadata/resolve-route-data.js')

const sitemap = () =>
  Array.from({ length: Number(urls) }, (_, number) => ({
    url: `https://example.com/items/${number}?page=1`,
    lastModified: new Date(Date.UTC(2026, 0, 1 + (number % 365))),
    changeFrequency: 'weekly',
    priority: 0.5,
  }))

const before = process.memoryUsage().rss
const ms = []
let bytes = 0
for (let time = 0; time < Number(times); time++) {
  const begun = performance.now()
  bytes = Buffer.from(resolveRouteData(sitemap(), 'sitemap')).byteLength
  ms.push(performance.now() - begun)
}
console.log(JSON.stringify({ ms, bytes, before, peak: process.resourceUsage().maxRSS * 1024 }))
