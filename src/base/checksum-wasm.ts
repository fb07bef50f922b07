// biome-ignore format: in two columns
/**
 * The ones-complement sum as a WebAssembly module with SIMD, written out by hand: octets on the left, the text format on
 * the right. It adds 16-bit words as they lie in memory (little-endian) and returns them folded to 16 bits and in
 * network order; no alignment is needed.
 *
 * 32-bit lanes cannot overflow: a lane takes two 16-bit words per 16 octets, and an area holds 4,104 times 16.
 */
export const CHECKSUM_WASM: Uint8Array = octets([
  '00 61 73 6d 01 00 00 00',          // (module
  '01 07 01 60 02 7f 7f 01 7f',       // (type (func (param i32 i32) (result i32)))
  '02 09 01 01 6d 01 6d 02 01 03 03', // (import "m" "m" (memory 3 3))
  '03 02 01 00',                      // (func $sum (type 0)
  '07 07 01 03 73 75 6d 00 00',       //   (export "sum") (param $at i32) (param $left i32) (result i32)
  '0a d7 02 01 d4 02',
  '02 02 7b 01 7e',                   //   (local $a v128) (local $b v128) (local $total i64)
  '02 40 03 40',                      //   (block (loop
  '20 01 41 c0 00 49 0d 01',          //     (br_if 1 (i32.lt_u (local.get $left) (i32.const 64)))
  '20 02',                            //     local.get $a
  '20 00 fd 00 00 00 fd 7f',          //     (i32x4.extadd_pairwise_i16x8_u (v128.load (local.get $at)))
  'fd ae 01 21 02',                   //     i32x4.add  local.set $a
  '20 03',                            //     local.get $b
  '20 00 fd 00 00 10 fd 7f',          //     (i32x4.extadd_pairwise_i16x8_u (v128.load offset=16 (local.get $at)))
  'fd ae 01 21 03',                   //     i32x4.add  local.set $b
  '20 02',                            //     local.get $a
  '20 00 fd 00 00 20 fd 7f',          //     (i32x4.extadd_pairwise_i16x8_u (v128.load offset=32 (local.get $at)))
  'fd ae 01 21 02',                   //     i32x4.add  local.set $a
  '20 03',                            //     local.get $b
  '20 00 fd 00 00 30 fd 7f',          //     (i32x4.extadd_pairwise_i16x8_u (v128.load offset=48 (local.get $at)))
  'fd ae 01 21 03',                   //     i32x4.add  local.set $b
  '20 00 41 c0 00 6a 21 00',          //     (local.set $at (i32.add (local.get $at) (i32.const 64)))
  '20 01 41 c0 00 6b 21 01',          //     (local.set $left (i32.sub (local.get $left) (i32.const 64)))
  '0c 00 0b 0b',                      //     (br 0)))
  '02 40 03 40',                      //   (block (loop
  '20 01 41 10 49 0d 01',             //     (br_if 1 (i32.lt_u (local.get $left) (i32.const 16)))
  '20 02',                            //     local.get $a
  '20 00 fd 00 00 00 fd 7f',          //     (i32x4.extadd_pairwise_i16x8_u (v128.load (local.get $at)))
  'fd ae 01 21 02',                   //     i32x4.add  local.set $a
  '20 00 41 10 6a 21 00',             //     (local.set $at (i32.add (local.get $at) (i32.const 16)))
  '20 01 41 10 6b 21 01',             //     (local.set $left (i32.sub (local.get $left) (i32.const 16)))
  '0c 00 0b 0b',                      //     (br 0)))
  '20 02 20 03 fd ae 01 21 02',       //   (local.set $a (i32x4.add (local.get $a) (local.get $b)))
  '20 02 fd 1b 00 ad',                //   (i64.extend_i32_u (i32x4.extract_lane 0 (local.get $a)))
  '20 02 fd 1b 01 ad 7c',             //   (i64.extend_i32_u (i32x4.extract_lane 1 (local.get $a)))  i64.add
  '20 02 fd 1b 02 ad 7c',             //   (i64.extend_i32_u (i32x4.extract_lane 2 (local.get $a)))  i64.add
  '20 02 fd 1b 03 ad 7c',             //   (i64.extend_i32_u (i32x4.extract_lane 3 (local.get $a)))  i64.add
  '21 04',                            //   local.set $total
  '02 40 03 40',                      //   (block (loop
  '20 01 41 04 49 0d 01',             //     (br_if 1 (i32.lt_u (local.get $left) (i32.const 4)))
  '20 04 20 00 35 00 00 7c 21 04',    //     (local.set $total (i64.add (local.get $total) (i64.load32_u (local.get $at))))
  '20 00 41 04 6a 21 00',             //     (local.set $at (i32.add (local.get $at) (i32.const 4)))
  '20 01 41 04 6b 21 01',             //     (local.set $left (i32.sub (local.get $left) (i32.const 4)))
  '0c 00 0b 0b',                      //     (br 0)))
  '20 01 41 02 71 04 40',             //   (if (i32.and (local.get $left) (i32.const 2)) (then
  '20 04 20 00 33 00 00 7c 21 04',    //     (local.set $total (i64.add (local.get $total) (i64.load16_u (local.get $at))))
  '20 00 41 02 6a 21 00 0b',          //     (local.set $at (i32.add (local.get $at) (i32.const 2)))))
  '20 01 41 01 71 04 40',             //   (if (i32.and (local.get $left) (i32.const 1)) (then
  '20 04 20 00 31 00 00 7c 21 04 0b', //     (local.set $total (i64.add (local.get $total) (i64.load8_u (local.get $at))))))
  '20 04 42 ff ff ff ff 0f 83',       //   (i64.and (local.get $total) (i64.const 0xffffffff))
  '20 04 42 20 88 7c 21 04',          //   (i64.shr_u (local.get $total) (i64.const 32))  i64.add  local.set $total
  '20 04 42 ff ff 03 83',             //   (i64.and (local.get $total) (i64.const 0xffff))
  '20 04 42 10 88 7c 21 04',          //   (i64.shr_u (local.get $total) (i64.const 16))  i64.add  local.set $total
  '20 04 42 ff ff 03 83',             //   (i64.and (local.get $total) (i64.const 0xffff))
  '20 04 42 10 88 7c 21 04',          //   (i64.shr_u (local.get $total) (i64.const 16))  i64.add  local.set $total
  '20 04 42 ff ff 03 83',             //   (i64.and (local.get $total) (i64.const 0xffff))
  '20 04 42 10 88 7c 21 04',          //   (i64.shr_u (local.get $total) (i64.const 16))  i64.add  local.set $total
  '20 04 42 08 88',                   //   (i64.shr_u (local.get $total) (i64.const 8))
  '20 04 42 ff 01 83',                //   (i64.and (local.get $total) (i64.const 0xff))
  '42 08 86 84 a7 0b',                //   (i64.shl (i64.const 8))  i64.or  i32.wrap_i64))
])

function octets(listing: readonly string[]): Uint8Array {
  return Uint8Array.from(listing.join(' ').split(' '), (octet) => Number.parseInt(octet, 16))
}
