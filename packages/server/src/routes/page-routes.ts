import { z } from 'zod';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import { readAsset } from '../web/assets.ts';
import { verifyPage } from '../web/verify-page.ts';

const HTML = 'text/html; charset=utf-8';

const AssetParams = z.object({ name: z.string().describe('name of a file').meta({ example: 'page.css' }) });

/** Routes of the web page and of what it loads. */
export function pageRoutes(keys: WatermarkKeys, isPublic: boolean, version: string): Route[] {
  const tag = 'page';
  return [
    defineRoute({
      method: 'get',
      path: '/',
      access: 'open',
      tag,
      summary: 'The page on which people test texts',
      replies: { 200: { description: 'HTML.', contentType: 'text/html' } },
      handle: async () => {
        const publicKeys = (await keys.list()).filter((key) => key.public).map(({ label }) => label);
        const text = verifyPage({ publicKeys: [...new Set(publicKeys)], isPublic, version });
        return { status: 200, headers: { 'Content-Type': HTML, 'Cache-Control': 'no-cache' }, text };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/assets/{name}',
      access: 'open',
      tag,
      summary: 'A style sheet or script of the page',
      params: AssetParams,
      replies: { 200: { description: 'The file.', contentType: 'text/javascript' } },
      handle: async ({ params }) => {
        const asset = await readAsset(params.name);
        if (asset === undefined)
          throw new Problem('not-found', 'the page has no such file', { param: 'name' });
        const { contentType, text } = asset;
        return {
          status: 200,
          headers: { 'Content-Type': contentType, 'Cache-Control': 'no-cache' },
          text,
        };
      },
    }),
  ];
}
