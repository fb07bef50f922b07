/** The folder of the package. This file lies two folders deep in it, in src/, dist/cli/ and dist/command/ alike. */
export const PACKAGE_FOLDER: URL = new URL('../../', import.meta.url)
