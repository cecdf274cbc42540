import { z } from 'zod';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Settings } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { leastTuples } from '../public-tier/public-detection.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import { readAsset } from '../web/assets.ts';
import type { ExampleTexts } from '../web/example-texts.ts';
import { resultPage } from '../web/result-page.ts';
import { verifyPage } from '../web/verify-page.ts';

const HTML = 'text/html; charset=utf-8';

const AssetParams = z.object({ name: z.string().describe('name of a file').meta({ example: 'page.css' }) });

/** What the pages say of their server. */
export interface PageParts {
  readonly accounts: Pick<AccountStore, 'counts'>;
  readonly keys: WatermarkKeys;
  readonly examples: ExampleTexts;
  readonly settings: Settings;
  readonly version: string;
}

/** Routes of the web page and of what it loads. */
export function pageRoutes({ accounts, keys, examples, settings, version }: PageParts): Route[] {
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
        const isPublic = settings.COUNTERMARK_PUBLIC;
        const publicKeys = (await keys.list()).filter((key) => isPublic && key.public);
        const text = verifyPage({
          publicKeys: [...new Set(publicKeys.map(({ label }) => label))],
          isPublic,
          minTokens:
            publicKeys.length === 0
              ? undefined
              : Math.min(...publicKeys.map(({ params }) => leastTuples(params))),
          maxCharacters: settings.COUNTERMARK_MAX_TEXT_CHARACTERS,
          budget: settings.COUNTERMARK_PUBLIC_BUDGET,
          hasMarkedExample: isPublic && (await examples.keyOf()) !== undefined,
          hasAccounts: (await accounts.counts()).registered > 0,
          isShared: settings.COUNTERMARK_SHARED_DAYS > 0,
          version,
        });
        return { status: 200, headers: { 'Content-Type': HTML, 'Cache-Control': 'no-cache' }, text };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/result',
      access: 'open',
      tag,
      summary: 'The page on which people see a result that was given to them',
      description: "The result's id stands behind the `#` of the address, which no server is sent.",
      replies: { 200: { description: 'HTML.', contentType: 'text/html' } },
      handle: async () => ({
        status: 200,
        headers: { 'Content-Type': HTML, 'Cache-Control': 'no-cache', 'X-Robots-Tag': 'noindex' },
        text: resultPage(version),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/assets/{name}',
      access: 'open',
      tag,
      summary: 'A style sheet or script of the page',
      params: AssetParams,
      replies: { 200: { description: 'The file.', contentType: ['text/javascript', 'text/css'] } },
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
