import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './compress.ts'

/** Where `fieldtap start` or `node ui/test/serve.ts` answers while the console is developed. */
const api = 'http://127.0.0.1:8620'

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome125', 'firefox128', 'safari18'],
    /** No data: addresses: the server's policy allows its own origin only. */
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    /** The map's library is larger than the default of 500, and read only for the map. */
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': api } },
})
