export const dynamic = 'force-static'

export function generateStaticParams() {
  return [{ id: '42' }]
}

export async function GET(request: Request, ctx: RouteContext<'/cached/[id]'>) {
  const { id } = await ctx.params
  return Response.json({ id, q: 'hello' })
}
