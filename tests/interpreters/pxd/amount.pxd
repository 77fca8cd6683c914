# SPDX-License-Identifier: Apache-2.0
from libc.stdint cimport int64_t

cdef class Limbs:
    cdef public int64_t base, high, low

    cpdef add(self, int64_t high, int64_t low)
    cpdef subtract(self, int64_t high, int64_t low)
    cpdef count(self, int64_t units)
    cpdef copy(self, Limbs other)
    cpdef bint above(self, Limbs other)
    cpdef bint positive(self)
