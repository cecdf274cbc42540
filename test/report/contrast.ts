/** Measures in a page how well its texts can be told from what is behind them. */
import type { Page } from 'playwright-core';

/** A text with the contrast ratio of WCAG 2.2, 1 to 21, and its size on the screen in pixels. */
export interface MeasuredText {
  readonly text: string;
  readonly contrast: number;
  readonly size: number;
}

/** Measures every element that has a text of its own. */
export function measureTexts(page: Page): Promise<MeasuredText[]> {
  return page.evaluate(() => {
    type Color = [red: number, green: number, blue: number, alpha: number];
    const parse = (css: string): Color => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const over = ([r, g, b, a]: Color, [r2, g2, b2]: Color): Color => [
      r * a + r2 * (1 - a),
      g * a + g2 * (1 - a),
      b * a + b2 * (1 - a),
      1,
    ];
    const behind = (element: Element | null): Color =>
      element === null
        ? [255, 255, 255, 1]
        : over(parse(getComputedStyle(element).backgroundColor), behind(element.parentElement));
    const luminance = ([r, g, b]: Color): number => {
      const linear = (channel: number): number =>
        channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const own = (element: Element): boolean =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== '');
    // Names and descriptions of drawings are read out, not drawn.
    const drawn = (element: Element): boolean => !element.matches('svg title, svg desc');
    return [...document.body.querySelectorAll('*')]
      .filter((element) => own(element) && drawn(element))
      .map((element) => {
        const style = getComputedStyle(element);
        const svg = element.closest('svg');
        const scale = svg === null ? 1 : svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const ground = behind(element);
        const ink = over(parse(svg === null ? style.color : style.fill), ground);
        const [dark = 0, light = 0] = [luminance(ground), luminance(ink)].sort((a, b) => a - b);
        return {
          text: element.textContent ?? '',
          contrast: (light + 0.05) / (dark + 0.05),
          size: Number.parseFloat(style.fontSize) * scale,
        };
      });
  });
}
