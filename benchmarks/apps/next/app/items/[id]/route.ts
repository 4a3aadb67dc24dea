import type { NextRequest } from 'next/server'

export async function GET(request: NextRequest, ctx: RouteContext<'/items/[id]'>) {
  const { id } = await ctx.params
  return Response.json({ id, q: request.nextUrl.searchParams.get('q') })
}
